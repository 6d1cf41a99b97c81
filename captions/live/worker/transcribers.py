"""The transcribers of one session, one for each source of its sound, which work as one."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ...speech.cleaning import CleaningKind
from ...speech.endpointing import EndpointSettings
from ...speech.origin import NO_ORIGIN, Origin
from ...speech.ring import Samples
from ...speech.types import TimeRange
from ...transcripts.final_writer import FinalRecord
from .transcriber import Transcriber
from .translator import Translator

Save = Callable[[FinalRecord], None]


class Transcribers:
    """The transcriber of the microphone and, from the first shared sound on, another one for that.

    `make(shared, start_sample, last_seq, save)` makes one. All run on one clock, that of the microphone. What is
    settled is settled for both, since a gap is a time range of the session whatever its sound came from. A `translator`
    takes what both have saved.
    """

    def __init__(
        self,
        make: Callable[[bool, int, int, Save], Transcriber],
        save: Save,
        *,
        start_sample: int = 0,
        last_seq: int = 0,
        translator: Translator | None = None,
    ) -> None:
        self._make = make
        self._translator = translator
        self._save = save
        self._microphone = make(False, start_sample, last_seq, self._submit)
        self._shared: Transcriber | None = None
        self._is_sharing = False
        # What another transcriber was told that begins later has to be told too.
        self._language = ""
        self._endpoints: EndpointSettings | None = None
        self._hotwords: tuple[str, ...] = ()
        self._hops = 0
        self._is_sound_kept = True

    @property
    def last_seq(self) -> int:
        return max(each.last_seq for each in self._all)

    @property
    def clock_ms(self) -> int:
        return self._microphone.clock_ms

    @property
    def decoded_ms(self) -> int:
        """The time up to which all speech is in finished utterances, on the session's clock."""
        return min(each.decoded_ms for each in self._listening)

    @property
    def settled_ms(self) -> int | None:
        """The time up to which all speech is saved or noted as undecoded; None while an utterance is being saved."""
        settled = [each.settled_ms for each in self._all]
        return None if None in settled else self.decoded_ms

    @property
    def speaking(self) -> bool:
        return any(each.speaking for each in self._all)

    def be_patient(self, patient: bool) -> None:
        """Sets whether its decodes wait for those of all other sessions."""
        for each in self._all:
            each.be_patient(patient)

    def is_behind(self, ahead_ms: int, most_unfinished: int) -> bool:
        """Whether sound that need not be heard at once should wait for the decodes of the sound before it.

        It should once a decode was overtaken by `ahead_ms` of sound, or `most_unfinished` pieces of speech wait.
        """
        return any(
            each.behind_ms >= ahead_ms or each.unfinished >= most_unfinished for each in self._listening
        )

    @property
    def may_hold_words(self) -> bool:
        """Whether something may have been said that is not saved: some was lost, or a voice is recorded."""
        return any(each.may_hold_words for each in self._all)

    def take_undecoded(self) -> tuple[TimeRange, ...]:
        """The time ranges that could not be transcribed since the last call; empty where no sound is kept."""
        return tuple(range_ for each in self._all for range_ in each.take_undecoded())

    def take_origin(self) -> Origin:
        """What wrote the text since the last call."""
        return sum((each.take_origin() for each in self._all), NO_ORIGIN)

    def sound_changed(self, is_kept: bool) -> None:
        """Reports that the sound is no longer recorded, so nothing can be recovered from it; or again."""
        self._is_sound_kept = is_kept
        for each in self._all:
            each.sound_changed(is_kept)

    def speak_in(self, language: str) -> None:
        """Sets the speaker's language; empty to detect it. No effect if it is the current one."""
        self._language = language
        for each in self._all:
            each.speak_in(language)

    def listen_with(self, endpoints: EndpointSettings, hotwords: tuple[str, ...], hops: int = 0) -> None:
        """Changes the endpointing and the words to expect, from the next sound on; see `Transcriber`."""
        self._endpoints, self._hotwords, self._hops = endpoints, hotwords, hops
        for each in self._all:
            each.listen_with(endpoints, hotwords, hops)

    def clean(self, kind: CleaningKind) -> None:
        """Sets whether noise is taken out of the microphone's sound; what is shared has no microphone."""
        self._microphone.clean(kind)

    def obey(self, obeys: bool) -> None:
        """Sets whether spoken commands are obeyed: by the final writer, and in what is shown before."""
        for each in self._all:
            each.obey(obeys)

    def go_on_from(self, text: str) -> None:
        """Takes a text as what was said before."""
        for each in self._all:
            each.go_on_from(text)

    def push(self, samples: Samples, shared: Samples | None = None) -> None:
        """Takes the next samples (int16, shape (n,)) of the microphone and, if any, the shared ones; never waits."""
        if shared is None:
            self._end_sharing()
        else:
            self._push_shared(shared)
        self._microphone.push(samples)

    def push_silence(self, samples: int) -> None:
        """Takes so many samples of silence, from every source that is heard."""
        silence = np.zeros(samples, np.int16)
        self.push(silence, silence if self._is_sharing else None)

    def skip(self, samples: int) -> None:
        """Advances the session's clock by that many samples without sound."""
        self._microphone.skip(samples)
        if self._shared is not None:
            self._catch_up(self._shared)

    def flush(self) -> None:
        """Ends the open utterances: no more sound comes for now."""
        for each in self._all:
            each.flush()

    async def drained(self, seconds: float) -> bool:
        """Waits until every utterance is saved; False if that takes longer than `seconds`."""
        return all(await asyncio.gather(*(each.drained(seconds) for each in self._all)))

    async def told(self, seconds: float) -> bool:
        """Waits until all text of the speech that has ended was told; False if it takes longer than `seconds`."""
        return all(await asyncio.gather(*(each.told(seconds) for each in self._all)))

    def saved(self, record: FinalRecord, seq: int) -> bool:
        """Reports that a final is in Postgres: it is published. False if it is of an earlier worker."""
        source = self._of(record)
        is_own = source.saved(record, seq)
        # A command has no text.
        if self._translator is not None and record.text:
            self._translator.take(record, seq, source.sound)
        return is_own

    def refused(self, record: FinalRecord) -> None:
        """Reports that a final can never be saved."""
        self._of(record).refused(record)

    async def close(self) -> None:
        """Cancels the current decodes and requests no more."""
        for each in self._all:
            await each.close()

    @property
    def _all(self) -> list[Transcriber]:
        return [self._microphone] if self._shared is None else [self._microphone, self._shared]

    @property
    def _listening(self) -> list[Transcriber]:
        """Those of which more text may come for sound that was heard."""
        if self._shared is None or not (self._is_sharing or self._shared.waits):
            return [self._microphone]
        return self._all

    def _of(self, record: FinalRecord) -> Transcriber:
        return self._shared if record.shared and self._shared is not None else self._microphone

    def _push_shared(self, samples: Samples) -> None:
        if self._shared is None:
            self._shared = self._make(
                True, self._microphone.clock_samples, self._microphone.last_seq, self._submit
            )
            self._shared.speak_in(self._language)
            if self._endpoints is not None:
                self._shared.listen_with(self._endpoints, self._hotwords, self._hops)
            if not self._is_sound_kept:
                self._shared.sound_changed(False)
        self._is_sharing = True
        self._catch_up(self._shared)
        self._shared.push(samples)

    def _catch_up(self, shared: Transcriber) -> None:
        if (behind := self._microphone.clock_samples - shared.clock_samples) > 0:
            shared.skip(behind)

    def _end_sharing(self) -> None:
        if self._is_sharing and self._shared is not None:
            self._is_sharing = False
            self._shared.flush()

    def _submit(self, record: FinalRecord) -> None:
        """Saves a record; what is settled with it in its own source may not be in the other one."""
        others = [each.decoded_ms for each in self._listening if each is not self._of(record)]
        if record.settled_ms is not None and others:
            record = replace(record, settled_ms=min(record.settled_ms, *others))
        self._save(record)
