"""Python runs this at its start where its folder is in PYTHONPATH: then Whisper is the scripted engine."""

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

_WHISPER = "captions.asr.engine.local_whisper"


class _StandIn(MetaPathFinder, Loader):
    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return ModuleSpec(name, self) if name == _WHISPER else None

    def exec_module(self, module: ModuleType) -> None:
        from captions.benchmarks.scripted.engine import ScriptedWhisper

        vars(module)["LocalWhisper"] = ScriptedWhisper


sys.meta_path.insert(0, _StandIn())
