"""Makes the root file system that `deploy/Dockerfile` describes, and runs commands in it as a container would.

There is no Docker: its base comes from `mmdebstrap`, its steps run in a chroot, and a container is a chroot with a
read-only root, a volume and namespaces of its own for mounts and processes. It needs to be root.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

_SUITES = {"debian:13-slim": "trixie", "debian:12-slim": "bookworm"}
_VOLUME = "var/lib/whisperstream"
# The base of a container is as new as its registry; here the clock and the mirror may differ.
_APT = 'Acquire::Check-Valid-Until "false";\nAcquire::Check-Date "false";\n'


@dataclass
class Image:
    """A root file system, and what the Dockerfile says about starting processes in it."""

    root: Path
    environment: dict[str, str] = field(default_factory=lambda: {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
    folder: str = "/"
    user: str = "0:0"
    command: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)

    def container(
        self,
        volume: Path,
        *command: str,
        user: str = "",
        binds: dict[Path, str] | None = None,
        **environment: str,
    ) -> "subprocess.Popen[str]":
        """Starts a command (else the image's own) with a read-only root; `binds` are files that it may read as well."""
        mounts = [f"mount --bind {shlex.quote(str(volume))} {self.root / _VOLUME}"]
        for source, target in (binds or {}).items():
            mounts.append(f"mount --bind {shlex.quote(str(source))} {self.root / target.lstrip('/')}")
        uid, _, gid = (user or self.user).partition(":")
        caged = ["setpriv", "--reuid", uid, "--regid", gid, "--clear-groups", "--no-new-privs"]
        caged += ["--inh-caps=-all", "--bounding-set=-all"]
        return self._start(
            [*caged, *self._with({**self.environment, **environment}, list(command) or self.command)],
            [*mounts, f"mount -o remount,ro,bind {self.root}", f"mount -t tmpfs tmpfs {self.root / 'tmp'}"],
        )

    def build(self, dockerfile: Path, context: Path) -> None:
        """Takes the steps of a Dockerfile, in a root that holds its base."""
        allowed = _allowed(context / ".dockerignore")
        for step, arguments in steps(dockerfile):
            match step:
                case "FROM":
                    assert not self.command, "one stage is enough"
                case "RUN":
                    self._run(arguments)
                case "WORKDIR":
                    self.folder = arguments
                    (self.root / arguments.lstrip("/")).mkdir(parents=True, exist_ok=True)
                case "COPY":
                    *sources, target = arguments.split()
                    for source in sources:
                        assert source in allowed, f"{source} is kept out by .dockerignore"
                        self._copy(context / source, target)
                case "ENV":
                    self.environment |= dict(each.split("=", 1) for each in shlex.split(arguments))
                case "USER":
                    self.user = arguments
                case "CMD":
                    self.command = json.loads(arguments)
                case "HEALTHCHECK":
                    self.health = json.loads(arguments.partition(" CMD ")[2])
                case "VOLUME":
                    assert arguments == f"/{_VOLUME}"
                case "EXPOSE":
                    pass
                case _:
                    raise AssertionError(f"{step} is not known here")

    def _run(self, command: str) -> None:
        host = self.root / "run" / "host"
        host.mkdir(exist_ok=True)
        (host / "apt.conf").write_text(_APT)
        # How this machine reaches the package index: its names of hosts, certificates, and configuration of pip.
        environment = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
        environment |= {"APT_CONFIG": "/run/host/apt.conf", "DEBIAN_FRONTEND": "noninteractive"}
        binds = {"/etc/resolv.conf": "/etc/resolv.conf", "/etc/hosts": "/etc/hosts"}
        binds |= {"/etc/ssl/certs/ca-certificates.crt": "/run/host/ca.crt", "/etc/pip.conf": "/etc/pip.conf"}
        mounts = []
        for source, target in binds.items():
            if Path(source).exists():
                (self.root / target.lstrip("/")).touch()
                mounts.append(f"mount --bind {source} {self.root / target.lstrip('/')}")
        if (host / "ca.crt").exists():
            environment |= {"PIP_CERT": "/run/host/ca.crt"}
        done = self._start(self._with(self.environment | environment, ["sh", "-ec", command]), mounts)
        said = done.communicate()[0]
        assert done.returncode == 0, f"{command}\n{said[-4000:]}"
        shutil.rmtree(host)

    def _with(self, environment: dict[str, str], command: list[str]) -> list[str]:
        return [
            "env",
            "-i",
            "-C",
            self.folder,
            *(f"{name}={value}" for name, value in environment.items()),
            *command,
        ]

    def _start(self, command: list[str], mounts: list[str]) -> "subprocess.Popen[str]":
        script = [
            f"mount --bind {self.root} {self.root}",
            *mounts,
            f"mount -t proc proc {self.root / 'proc'}",
            f"mount --rbind /dev {self.root / 'dev'}",
            f"exec chroot {self.root} {shlex.join(command)}",
        ]
        return subprocess.Popen(
            ["unshare", "--mount", "--pid", "--fork", "sh", "-ec", "\n".join(script)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def _copy(self, source: Path, target: str) -> None:
        to = self.root / self.folder.lstrip("/") / target
        if source.is_dir():
            shutil.copytree(source, to, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, to / source.name if target.endswith("/") else to)


def bootstrap(root: Path, dockerfile: Path) -> None:
    """Makes the base that the Dockerfile begins with, from the mirror of this machine."""
    base = next(arguments for step, arguments in steps(dockerfile) if step == "FROM")
    done = subprocess.run(
        ["mmdebstrap", "--variant=minbase", _SUITES[base], str(root), _mirror()],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-4000:]


def steps(dockerfile: Path) -> list[tuple[str, str]]:
    """The instructions, with lines joined that go on, and without comments."""
    text = re.sub(r"^\s*#.*\n", "", dockerfile.read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    found = [line.split(maxsplit=1) for line in text.splitlines() if line.strip()]
    return [(step, " ".join(arguments.split())) for step, arguments in found]


def _allowed(ignore: Path) -> set[str]:
    return {line[1:] for line in ignore.read_text().split() if line.startswith("!")}


def _mirror() -> str:
    for path in (*Path("/etc/apt/sources.list.d").glob("*.sources"), *Path("/etc/apt").glob("sources.list")):
        found = re.search(r"^(?:URIs: *|deb +(?:\[.*?\] +)?)(\S+)", path.read_text(), re.MULTILINE)
        if found:
            return found[1]
    raise AssertionError("apt has no sources here")
