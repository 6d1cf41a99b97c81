import unicodedata
from dataclasses import replace
from itertools import accumulate, groupby, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captions.core.characters import characters
from captions.speech.passage import Passage
from captions.speech.types import Word
from captions.transcripts.export.cues import Cue, cues, in_turn
from captions.transcripts.export.options import DEFAULTS, CueRules
from captions.transcripts.export.pieces import columns
from tests.factories import words_of

MIN_MS, MAX_MS = DEFAULTS.cues.shortest_ms, DEFAULTS.cues.longest_ms


def passage(text: str, start_ms: int = 0, *, each_ms: int = 300) -> Passage:
    words = words_of(text, start_ms, each_ms=each_ms)
    return Passage(start_ms, words[-1].end_ms, text, words, 0.9, "en")


def lines(found: list[Cue]) -> list[tuple[str, ...]]:
    return [cue.lines for cue in found]


def squashed(text: str) -> str:
    return "".join(text.split())


def test_an_utterance_that_fits_is_one_cue_with_its_own_times() -> None:
    assert list(cues([passage("Two dogs and a piano.", 4_180)])) == [
        Cue(4_180, 5_680, ("Two dogs and a piano.",), "en")
    ]


def test_a_line_break_that_was_dictated_ends_a_cue() -> None:
    words = words_of("Dear Anna,\nThank you", each_ms=600)
    words = tuple(replace(word, text=word.text.replace(" Thank", "\nThank")) for word in words)
    found = list(cues([Passage(0, words[-1].end_ms, "Dear Anna,\nThank you", words, 0.9, "en")]))
    assert [(cue.start_ms, cue.lines) for cue in found] == [(0, ("Dear Anna,",)), (1_200, ("Thank you",))]


def test_two_lines_are_balanced_and_broken_before_a_conjunction() -> None:
    (cue,) = cues([passage("I know about the piano because I was asked to help lift it.")])
    assert cue.lines == ("I know about the piano", "because I was asked to help lift it.")


def test_a_long_utterance_is_split_after_punctuation_at_the_times_of_its_words() -> None:
    text = (
        "The last ferry of the season left Stromness at twenty past four, "
        "with eleven passengers, two dogs and a piano."
    )
    first, second = cues([passage(text, 4_000)])
    assert first == Cue(
        4_000, 4_000 + 12 * 300, ("The last ferry of the season left", "Stromness at twenty past four,"), "en"
    )
    # It stays until it can be read: 45 characters at 17 a second.
    assert second == Cue(7_600, 10_248, ("with eleven passengers,", "two dogs and a piano."), "en")


def test_no_line_ends_with_an_article() -> None:
    text = "She went towards the weather rather than away from the island in the north of the country that we know."
    for cue in cues([passage(text)]):
        for line in cue.lines:
            assert line.split()[-1].casefold() not in ("the", "a", "an", "of", "in")


def test_what_lasts_longer_than_seven_seconds_is_split_even_if_it_is_short() -> None:
    found = list(cues([passage("One two three four five six.", each_ms=2_000)]))
    assert len(found) == 2
    assert all(cue.end_ms - cue.start_ms <= MAX_MS for cue in found)


def test_a_long_pause_begins_a_new_cue() -> None:
    words = (*words_of("It was late.", 0), *words_of("Then it rained.", 3_000))
    text = "It was late. Then it rained."
    assert lines(list(cues([Passage(0, 3_600, text, words)]))) == [("It was late.",), ("Then it rained.",)]


def test_a_short_cue_lasts_a_second_where_there_is_room() -> None:
    found = list(
        cues([passage("Yes.", 0, each_ms=200), passage("No.", 600, each_ms=200), passage("Well.", 5_000)])
    )
    assert [(cue.start_ms, cue.end_ms) for cue in found] == [(0, 600), (600, 1_600), (5_000, 6_000)]


def test_a_gap_that_would_flicker_is_closed() -> None:
    found = list(
        cues([passage("Two dogs.", each_ms=600), passage("A piano.", 1_390), passage("Rain.", 2_300)])
    )
    assert [(cue.start_ms, cue.end_ms) for cue in found] == [(0, 1_390), (1_390, 2_300), (2_300, 3_300)]


def test_utterances_at_the_same_time_follow_each_other() -> None:
    found = list(
        cues([passage("One two three.", 1_000), passage("Four five six.", 1_200), passage("Seven.", 1_300)])
    )
    assert [cue.start_ms for cue in found] == [1_000, 1_900, 2_800]
    assert all(first.end_ms <= second.start_ms for first, second in pairwise(found))


def test_a_text_that_differs_from_its_words_takes_their_time() -> None:
    edited = Passage(1_000, 3_000, "Quite another text.", words_of("One two.", 1_000), 0.9, "en")
    assert list(cues([edited])) == [Cue(1_000, 2_118, ("Quite another text.",), "en")]


def test_scripts_without_spaces_are_wrapped_between_their_words() -> None:
    text = "你好我是一个很长的句子" * 6
    words = tuple(Word(i * 100, (i + 1) * 100, character, 0.9) for i, character in enumerate(text))
    found = list(cues([Passage(0, 6_600, text, words, 0.9, "zh")]))
    assert squashed("".join("".join(cue.lines) for cue in found)) == text
    assert all(columns(line) <= 42 for cue in found for line in cue.lines)


def test_a_word_that_is_wider_than_a_line_is_cut() -> None:
    found = list(cues([passage("w" * 100, each_ms=1_000)]))
    assert [[len(line) for line in cue.lines] for cue in found] == [[42, 42], [16]]


def test_what_is_read_too_fast_comes_in_smaller_cues() -> None:
    text = "He said it was the harmonium, and she said no, it was the organ of the kirk."
    slow, fast = passage(text), passage(text, each_ms=180)
    assert lines(list(cues([slow]))) == [
        ("He said it was the harmonium, and she", "said no, it was the organ of the kirk.")
    ]
    following = replace(slow, start_ms=fast.end_ms, end_ms=fast.end_ms + slow.end_ms, words=())
    found = list(cues([fast, following]))
    assert lines(found)[:2] == [
        ("He said it was the harmonium,",),
        ("and she said no,", "it was the organ of the kirk."),
    ]
    assert [cue.is_faster_than(20) for cue in found[:2]] == [True, True]


def test_a_cue_stays_until_it_can_be_read_where_nothing_follows() -> None:
    quick = passage("Nobody on board thought that this was strange.", each_ms=100)
    (alone,) = cues([quick])
    assert alone.columns == 45
    assert alone.end_ms == 2_706
    assert not alone.is_faster_than(17)
    cut, _ = cues([quick, passage("No.", 1_500)])
    assert cut.end_ms == 1_500
    assert cut.is_faster_than(17)


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (CueRules(columns=20), [("I know about", "the piano"), ("because I was asked", "to help lift it.")]),
        (CueRules(lines=1), [("I know about the piano",), ("because I was asked to help lift it.",)]),
        (
            CueRules(columns=25, lines=3),
            [("I know about the piano", "because I was asked", "to help lift it.")],
        ),
        (
            CueRules(longest_ms=3_000),
            [("I know about the piano",), ("because I was asked to help lift it.",)],
        ),
    ],
)
def test_the_rules_are_adjustable(rules: CueRules, expected: list[tuple[str, ...]]) -> None:
    text = "I know about the piano because I was asked to help lift it."
    assert lines(list(cues([passage(text)], rules))) == expected


def test_an_edited_text_keeps_the_times_of_the_words_that_stayed() -> None:
    spoken = "The purse her who has made this crossing said nothing at all to them about it and left"
    edited = "The purser, who has made this crossing, said nothing at all to them about it and left"
    words = words_of(spoken, 10_000, each_ms=500)
    first, second = cues([Passage(10_000, 19_000, edited, words)])
    assert first.lines == ("The purser, who has made this crossing,",)
    assert (first.start_ms, second.start_ms) == (10_000, 14_000)


def test_an_utterance_that_was_joined_to_another_takes_no_time() -> None:
    said = passage("One two three four five six seven eight nine ten.", 0)
    emptied = Passage(1_500, 3_000, "")
    assert list(cues([said, emptied, passage("Eleven.", 3_100)])) == list(
        cues([said, passage("Eleven.", 3_100)])
    )


def test_nothing_said_is_no_cue() -> None:
    assert list(
        cues([Passage(0, 100, ""), Passage(100, 200, " \n\x00\ufeff "), Passage(200, 300, "A.")])
    ) == [Cue(200, 1_200, ("A.",))]


any_text = st.text(
    st.one_of(st.characters(), st.sampled_from("aaa bbb  .,-<>{}\\&\n\u2028\u0301你1")), max_size=300
)
any_word = st.builds(
    Word,
    st.integers(-1_000, 50_000),
    st.integers(-1_000, 50_000),
    any_text.map(lambda text: f" {text[:20]}"),
    st.floats(0, 1),
)
spoken = st.builds(
    lambda start, length, words: Passage(
        start, start + length, "".join(word.text for word in words), tuple(words), None, ""
    ),
    st.integers(0, 40_000),
    st.integers(0, 30_000),
    st.lists(any_word, max_size=30),
)
unspoken = st.builds(
    lambda start, length, text: Passage(start, start + length, text),
    st.integers(0, 40_000),
    st.integers(0, 30_000),
    any_text,
)


any_rules = st.builds(
    CueRules,
    columns=st.integers(20, 60),
    lines=st.integers(1, 3),
    shortest_ms=st.integers(500, 2_000),
    longest_ms=st.integers(3_000, 9_000),
)


@settings(max_examples=120, deadline=None)
@given(st.lists(st.one_of(spoken, unspoken), max_size=6), any_rules)
def test_whatever_was_said_cues_are_in_order_and_within_their_limits(
    passages: list[Passage], rules: CueRules
) -> None:
    passages.sort(key=lambda passage: passage.start_ms)
    found = list(cues(passages, rules))
    for cue in found:
        assert 0 < cue.end_ms - cue.start_ms <= rules.longest_ms
        assert 1 <= len(cue.lines) <= rules.lines
        assert all(line.strip() == line and line for line in cue.lines)
        assert all(columns(line) <= rules.columns for line in cue.lines)
    for cue, following in pairwise(found):
        assert cue.end_ms <= following.start_ms
    printable = "".join(c for p in passages for c in p.text if not _dropped(c))
    assert squashed("".join("".join(cue.lines) for cue in found)) == squashed(printable)


# A language in which every third word leans on the next one.
_VOCABULARY = "the a in to and because ferry harmonium Stromness, piano. we lift"
talk = st.lists(
    st.tuples(
        st.sampled_from(_VOCABULARY.split()),
        st.integers(80, 900),
        st.sampled_from([0, 0, 0, 100, 1_600]),
    ),
    min_size=1,
    max_size=40,
)


def talked(each: list[tuple[str, int, int]], start_ms: int) -> Passage:
    words: list[Word] = []
    clock = start_ms
    for text, length_ms, pause_ms in each:
        clock += pause_ms if words else 0
        words.append(Word(clock, clock + length_ms, f" {text}", 0.9))
        clock += length_ms
    return Passage(start_ms, clock, "".join(word.text for word in words).strip(), tuple(words))


@settings(max_examples=120, deadline=None)
@given(talk)
def test_lines_break_badly_and_cues_are_short_only_where_it_cannot_be_helped(
    each: list[tuple[str, int, int]],
) -> None:
    said = talked(each, 0)
    found = list(cues([said]))
    for cue, following in pairwise(found):
        # A second, unless the next one begins sooner.
        assert cue.end_ms - cue.start_ms >= min(MIN_MS, following.start_ms - cue.start_ms)
    pauses = {
        word.start_ms for before, word in pairwise(said.words) if word.start_ms - before.end_ms >= 1_500
    }
    assert pauses <= {cue.start_ms for cue in found}
    leaning = max((len(list(run)) for bad, run in groupby(each, _leans) if bad), default=0)
    if leaning <= 2:
        for cue in found:
            for line in cue.lines[:-1]:
                assert line.split()[-1] not in ("the", "a", "in", "to")


def _leans(each: tuple[str, int, int]) -> bool:
    return each[0] in ("the", "a", "in", "to", "and", "because")


@settings(max_examples=120, deadline=None)
@given(
    st.lists(st.tuples(talk, st.sampled_from([-3_000, -200, 0, 300, 4_000])), min_size=2, max_size=5),
    st.integers(0, 4),
    st.one_of(
        st.text("ab .,", max_size=200).map(lambda text: f"a{text}"),
        st.just("and then the ferry left because of it " * 9),
    ),
)
def test_an_edit_changes_no_cue_of_another_utterance(
    sessions: list[tuple[list[tuple[str, int, int]], int]], edited: int, text: str
) -> None:
    passages: list[Passage] = []
    for each, gap_ms in sessions:
        start_ms = max(0, passages[-1].start_ms, passages[-1].end_ms + gap_ms) if passages else 0
        # As long as a few words at the least: no editor makes more cues than there are milliseconds.
        passages.append(talked([("ferry", 300, 0), *each], start_ms))
    at = edited % len(passages)
    changed = [*passages[:at], replace(passages[at], text=text), *passages[at + 1 :]]
    (mine, limit_ms), others = turns(passages)[at], turns(passages)
    assert [(turn.start_ms, limit) for turn, limit in turns(changed)] == [
        (turn.start_ms, limit) for turn, limit in others
    ]

    def elsewhere(found: list[Cue]) -> list[Cue]:
        return [cue for cue in found if not mine.start_ms <= cue.start_ms < limit_ms]

    assert elsewhere(list(cues(changed))) == elsewhere(list(cues(passages)))


def turns(passages: list[Passage]) -> list[tuple[Passage, int]]:
    return list(in_turn(passages))


def _dropped(character: str) -> bool:
    return (
        character in "\ufeff\ufffe\uffff"
        or "\ud800" <= character <= "\udfff"
        or character < " "
        or ("\x7f" <= character <= "\x9f")
    )


THAI = "สวัสดีครับวันนี้เราจะมาพูดถึงเรื่องการทำงานของระบบถอดเสียงภาษาไทยแบบเรียลไทม์ซึ่งมีความสำคัญมากสำหรับผู้พิการทางการได้ยิน"
BURMESE = "မြန်မာနိုင်ငံသည်အရှေ့တောင်အာရှတွင်တည်ရှိသည့်နိုင်ငံတစ်ခုဖြစ်သည်နှင့်လူများစွာနေထိုင်ကြသည်"
KHMER = "ខ្ញុំស្រឡាញ់ប្រទេសកម្ពុជាហើយខ្ញុំចង់ទៅលេងនៅទីក្រុងភ្នំពេញជាមួយគ្រួសាររបស់ខ្ញុំនៅឆ្នាំក្រោយ"
LAO = "ສະບາຍດີທຸກຄົນມື້ນີ້ພວກເຮົາຈະເວົ້າກ່ຽວກັບປະເທດລາວແລະວັດທະນະທໍາຂອງພວກເຮົາທີ່ສວຍງາມຫຼາຍ"
HINDI = "किंकर्तव्यविमूढ़ताक्षत्रियविश्वविद्यालयमहाविद्यालयसंस्कृतिप्रतिष्ठानसमिति"
FAMILIES = "👨‍👩‍👧‍👦" * 30
ACCENTS = "e\u0301" * 100
JAMO = "\u1112\u1161\u11ab" * 60


@pytest.mark.parametrize("text", [THAI, BURMESE, KHMER, LAO, HINDI, FAMILIES, ACCENTS, JAMO])
@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("columns_a_line", [12, 42])
def test_no_line_begins_or_ends_within_a_syllable(text: str, apart: bool, columns_a_line: int) -> None:
    # A model may divide such a text into its code points, or leave it whole; a correction has no words at all.
    words = tuple(Word(60 * at, 60 * at + 60, each, 0.9) for at, each in enumerate(text)) if apart else ()
    said = Passage(0, 60 * len(text), text, words)
    found = [
        line for cue in cues([said], replace(DEFAULTS.cues, columns=columns_a_line)) for line in cue.lines
    ]
    assert squashed("".join(found)) == text
    assert len(found) > 1
    end = 0
    for line in found:
        assert columns(line) <= columns_a_line
        assert unicodedata.category(line[0])[0] != "M"
        assert line[0] not in "ะาำๅๆฯະາຳຽ\u200d\u1161\u11ab"
        assert line[-1] not in "เแโใไເແໂໃໄ\u200d\u1112\u1039\u17d2"
        end += len(line)
        assert end in set(accumulate(map(len, characters(text)))), "a character was cut"


def test_thai_lines_end_between_words() -> None:
    found = [line for cue in cues([Passage(0, 60 * len(THAI), THAI, language="th")]) for line in cue.lines]
    assert found == [
        "สวัสดีครับวันนี้เราจะ",
        "มาพูดถึงเรื่องการทำงานของระบบถอดเสียงภาษาไทยแบบ",
        "เรียลไทม์ซึ่งมีความสำคัญมากสำหรับผู้พิการทางการได้ยิน",
    ]
