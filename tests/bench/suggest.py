"""`python -m tests.bench.suggest`: how good the suggestions are, by leaving out one case after the other.

A case is left out in both languages; the model is made anew from the others, with nothing of it: not its words, not its
keywords. Then its German and its English texts are asked about, each alone, as a draft in one language would be.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence

from index.encoder import BundledEncoder
from ingest.effects import effects_in
from ingest.learned import Embed, Remembered
from ingest.suggest import Suggester, pieces_of
from kb.case import Case
from kb.shipped import shipped_cases
from kb.taxonomy import shipped_taxonomy
from kb.text import LANGUAGES


def leave_one_out(cases: Sequence[Case], embed: Embed | None, asked: Iterable[int] | None = None) -> dict[str, float]:
    """Shares and F1 over the texts of the cases `asked` about (by number, by default all), each asked of a model that
    never saw its case.
    """
    count: Counter[str] = Counter()
    for number in range(len(cases)) if asked is None else asked:
        case = cases[number]
        suggester = Suggester([*cases[:number], *cases[number + 1 :]], shipped_taxonomy(), embed)
        for language in LANGUAGES:
            pieces = pieces_of(case, language)
            if not pieces:
                continue
            found = suggester.suggest("\n\n".join(pieces))
            count[f"texts {language}"] += 1
            count[f"pathway {language}"] += found.pathway[0].value == case.pathway
            sectors = [suggestion.value for suggestion in found.sector]
            count["sector"] += sectors[0] == case.sector
            count["sector of three"] += case.sector in sectors
            named = {suggestion.value for suggestion in found.technologies}
            count["technologies named"] += len(named)
            count["technologies given"] += len(case.technologies)
            count["technologies right"] += len(named & set(case.technologies))
            keywords = {suggestion.value.casefold() for suggestion in found.keywords}
            own = {keyword.casefold() for keyword in case.keywords.get(language)}
            count["keywords named"] += len(keywords)
            count["keywords right"] += len(keywords & own)
    texts = count["texts de"] + count["texts en"]
    return {
        "pathway, German texts": count["pathway de"] / count["texts de"],
        "pathway, English texts": count["pathway en"] / count["texts en"],
        "pathway, all texts": (count["pathway de"] + count["pathway en"]) / texts,
        "technologies, micro-F1": 2
        * count["technologies right"]
        / (count["technologies named"] + count["technologies given"]),
        "sector, the first": count["sector"] / texts,
        "sector, among three": count["sector of three"] / texts,
        "keywords, share right": count["keywords right"] / max(count["keywords named"], 1),
    }


def effects(cases: Sequence[Case]) -> dict[str, float]:
    """How many effects of the collection are found in its own results, and how many suggestions are one of them."""
    count: Counter[str] = Counter()
    for case in cases:
        for language in LANGUAGES:
            text = case.result.get(language)
            if text is None:
                continue
            wanted = {(effect.metric, effect.value, effect.unit) for effect in case.effects}
            kinds = {(effect.metric, effect.value, effect.unit): effect.kind for effect in case.effects}
            found = effects_in(text, shipped_taxonomy())
            keys = {(effect.metric, effect.value, effect.unit) for effect in found}
            count["wanted"] += len(wanted)
            count["found"] += len(wanted & keys)
            count["suggested"] += len(keys)
            for effect in {(e.metric, e.value, e.unit): e for e in found}.values():
                key = (effect.metric, effect.value, effect.unit)
                count[f"sure {effect.confidence}"] += 1
                count[f"right {effect.confidence}"] += key in wanted
                if key in kinds:
                    count["kinds"] += 1
                    count["kinds right"] += kinds[key] == effect.kind
    shares = {
        f"effects said with {name.split()[1]}, share right": count[f"right {name.split()[1]}"] / count[name]
        for name in sorted(count)
        if name.startswith("sure")
    }
    return {
        "effects, share found": count["found"] / count["wanted"],
        "effects, share right": count["found"] / max(count["suggested"], 1),
        "effects, kind right where found": count["kinds right"] / max(count["kinds"], 1),
        **shares,
    }


def main() -> None:
    """Print the table."""
    cases = shipped_cases(shipped_taxonomy())
    encoder = BundledEncoder()
    embed = Remembered(encoder.passages)
    start = time.perf_counter()
    Suggester(cases, shipped_taxonomy(), encoder.passages)
    print(f"{'learning from ' + str(len(cases)) + ' cases, seconds':<50}{time.perf_counter() - start:>8.2f}")
    for name, value in (leave_one_out(cases, embed) | effects(cases)).items():
        print(f"{name:<50}{value:>8.3f}")


if __name__ == "__main__":
    main()
