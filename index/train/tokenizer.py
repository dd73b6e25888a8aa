"""The bilingual WordPiece tokenizer: the teacher's Latin pieces and German pieces of our own text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

UNKNOWN = "[UNK]"
CONTINUATION = "##"
LATIN = re.compile(r"(##)?[\u0000-\u024f]+")
# Umlauts wait as private characters while all other accents are stripped (é -> e), as the teacher strips them.
UMLAUTS = {"ä": "\ue000", "ö": "\ue001", "ü": "\ue002"}


def normalizer() -> normalizers.Normalizer:
    """Lower case, control characters out, accents off, umlauts and ß kept."""
    away = [normalizers.Replace(letter, private) for letter, private in UMLAUTS.items()]
    back = [normalizers.Replace(private, letter) for letter, private in UMLAUTS.items()]
    clean = normalizers.BertNormalizer(clean_text=True, handle_chinese_chars=True, strip_accents=False, lowercase=True)
    steps = [normalizers.NFC(), clean, *away, normalizers.NFD(), normalizers.StripAccents(), *back]
    return normalizers.Sequence(steps)


def empty_tokenizer(vocabulary: dict[str, int]) -> Tokenizer:
    """A tokenizer over a given vocabulary, without padding, truncation or special tokens."""
    tokenizer = Tokenizer(models.WordPiece(vocab=vocabulary, unk_token=UNKNOWN, max_input_chars_per_word=100))
    tokenizer.normalizer = normalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer


def latin_pieces(teacher_pieces: Iterable[str]) -> list[str]:
    """The teacher's pieces in Latin letters, digits and signs, in its order (by falling frequency)."""
    return [
        piece
        for piece in teacher_pieces
        if LATIN.fullmatch(piece) and not (piece.startswith("[") and piece.endswith("]"))
    ]


def train_german_pieces(texts: Sequence[str], size: int) -> list[str]:
    """WordPiece pieces of the German text, the most useful first.

    The trainer settles ties by piece number and numbers single continuing letters in an order that changes from run
    to run; named beforehand they keep their numbers, and the same text always gives the same pieces.
    """
    tokenizer = empty_tokenizer({UNKNOWN: 0})
    letters = sorted({letter for text in texts for letter in tokenizer.normalizer.normalize_str(text)} - {" "})
    trainer = trainers.WordPieceTrainer(
        vocab_size=size,
        special_tokens=[UNKNOWN, *(CONTINUATION + letter for letter in letters)],
        continuing_subword_prefix=CONTINUATION,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    vocabulary = tokenizer.get_vocab()
    return sorted(vocabulary, key=vocabulary.__getitem__)


def build_tokenizer(teacher_pieces: Sequence[str], german_texts: Sequence[str], german_size: int) -> Tokenizer:
    """The teacher's Latin pieces first, so that English is cut as the teacher cuts it, then new German ones."""
    pieces = [UNKNOWN, *latin_pieces(teacher_pieces), *train_german_pieces(german_texts, german_size)]
    return empty_tokenizer({piece: number for number, piece in enumerate(dict.fromkeys(pieces))})


def pieces_of(tokenizer: Tokenizer) -> list[str]:
    """All pieces, by number."""
    vocabulary = tokenizer.get_vocab()
    return sorted(vocabulary, key=vocabulary.__getitem__)
