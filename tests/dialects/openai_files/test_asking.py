import pytest

from captions.dialects.field_error import FieldError
from captions.dialects.openai_files.asking import (
    LONGEST_KEYWORD,
    MOST_KEYWORDS,
    Asked,
    read,
    read_prompt,
)
from captions.protocol.endpointing import LEAST_SILENCE_MS, MOST_PREFIX_MS, Endpointing


def refused(**parts: str | list[str]) -> FieldError:
    with pytest.raises(FieldError) as caught:
        read({name: [value] if isinstance(value, str) else value for name, value in parts.items()})
    return caught.value


def test_nothing_but_a_model() -> None:
    assert read({"model": ["whisper-1"]}) == Asked(model="whisper-1")


def test_lists_have_brackets_or_none() -> None:
    for end in ("", "[]"):
        asked = read(
            {
                f"timestamp_granularities{end}": ["word", "segment"],
                f"include{end}": ["logprobs"],
                f"keywords{end}": ["Valkey", "WhisperStream"],
                f"known_speaker_names{end}": ["Ada"],
            }
        )
        assert asked.with_words
        assert asked.with_segments
        assert asked.with_logprobs
        assert asked.keywords == ("Valkey", "WhisperStream")
        assert asked.speaker == "Ada"


def test_words_alone_leave_the_segments_out() -> None:
    asked = read({"timestamp_granularities[]": ["word"]})
    assert (asked.with_words, asked.with_segments) == (True, False)
    assert read({"known_speaker_names[]": ["Ada", "Bob"]}).speaker == ""


@pytest.mark.parametrize(
    ("given", "code"), [("en", "en"), ("pt-BR", "pt"), ("DE", "de"), ("jv", "jw"), ("", "")]
)
def test_a_language(given: str, code: str) -> None:
    assert read({"language": [given]}).language == code


def test_one_of_several_languages_is_detected() -> None:
    assert read({"languages[]": ["de"]}).language == "de"
    assert read({"languages[]": ["de", "en"]}).language == ""
    assert read({"languages[]": ["de", "en"], "language": ["fr"]}).language == "fr"


def test_a_translation_is_of_any_language() -> None:
    asked = read({"language": ["de"]}, translate=True)
    assert (asked.language, asked.translate) == ("", True)


@pytest.mark.parametrize(
    ("prompt", "hints", "text"),
    [
        ("", (), ""),
        ("Valkey", ("Valkey",), ""),
        ("Valkey, B.R.I.C.K., New York City", ("Valkey", "B.R.I.C.K.", "New York City"), ""),
        ("Ada\nBob", ("Ada", "Bob"), ""),
        ("This is about ships, and about the sea around them.", (), None),
        ("Hello.", (), None),
        ("It ends here<|endoftext|> does it not, or does it?", (), "It ends here<endoftext|> does it not, or does it?"),
    ],
)  # fmt: skip
def test_a_prompt_is_a_list_of_words_or_the_text_before(
    prompt: str, hints: tuple[str, ...], text: str | None
) -> None:
    assert read_prompt(prompt) == (hints, prompt if text is None else text)


def test_a_long_prompt_is_read_from_its_end() -> None:
    assert read_prompt("so it went on and on, " * 200)[1].endswith("so it went on and on,")
    assert len(read_prompt("so it went on and on and on, " * 200)[1]) == 1_000


@pytest.mark.parametrize(
    "parts",
    [
        {"chunking_strategy": ['{"type": "server_vad", "threshold": 0.7, "silence_duration_ms": 400}']},
        {
            "chunking_strategy[type]": ["server_vad"],
            "chunking_strategy[threshold]": ["0.7"],
            "chunking_strategy[silence_duration_ms]": ["400"],
        },
    ],
)
def test_a_chunking_strategy_in_one_part_or_several(parts: dict[str, list[str]]) -> None:
    assert read(parts).endpointing == Endpointing(0.7, None, 400)


def test_a_strategy_beyond_our_bounds_is_moved_there() -> None:
    asked = read(
        {
            "chunking_strategy[silence_duration_ms]": ["50"],
            "chunking_strategy[prefix_padding_ms]": ["9000"],
        }
    )
    assert asked.endpointing == Endpointing(None, MOST_PREFIX_MS, LEAST_SILENCE_MS)
    assert read({"chunking_strategy": ["auto"]}).endpointing == Endpointing()


def test_what_cannot_be_used_is_refused_by_its_name() -> None:
    assert refused(language="xx").param == "language"
    assert refused(**{"languages[]": ["de", "xx"]}).param == "languages"
    assert refused(response_format="xml").param == "response_format"
    assert refused(timestamp_granularities="letter").param == "timestamp_granularities"
    assert refused(temperature="1.5").param == "temperature"
    assert refused(temperature="nan").param == "temperature"
    assert refused(stream="perhaps").param == "stream"
    assert refused(keywords=["word"] * (MOST_KEYWORDS + 1)).param == "keywords"
    assert refused(keywords=["x" * (LONGEST_KEYWORD + 1)]).param == "keywords"
    for strategy in ("vad", "[]", '{"type": "semantic"}', '{"type": "server_vad", "threshold": 7}'):
        assert refused(chunking_strategy=strategy).param == "chunking_strategy"
    assert "“temperature” must be a number from 0 to 1" in str(refused(temperature="hot"))


def test_what_is_private_is_not_in_its_repr() -> None:
    assert "Valkey" not in repr(read({"keywords[]": ["Valkey"], "prompt": ["Valkey"]}))
