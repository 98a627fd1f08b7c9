"""Names of languages → ISO 639 codes; a name that is not here stays a name."""

from __future__ import annotations

import re
from typing import Final

# ISO 639-1, or 639-3 where that has none. Names as feeds write them.
CODES: Final[dict[str, str]] = {
    "english": "en", "spanish": "es", "español": "es", "espanol": "es", "chinese": "zh", "mandarin": "zh",
    "cantonese": "yue", "taiwanese": "nan", "russian": "ru", "haitian creole": "ht", "creole": "ht", "haitian": "ht",
    "bengali": "bn", "bangla": "bn", "korean": "ko", "yiddish": "yi", "italian": "it", "polish": "pl", "arabic": "ar",
    "urdu": "ur", "french": "fr", "portuguese": "pt", "hindi": "hi", "somali": "so", "nepali": "ne", "burmese": "my",
    "swahili": "sw", "vietnamese": "vi", "tagalog": "tl", "filipino": "fil", "albanian": "sq", "greek": "el",
    "hebrew": "he", "ukrainian": "uk", "japanese": "ja", "german": "de", "amharic": "am", "gujarati": "gu",
    "kannada": "kn", "malayalam": "ml", "marathi": "mr", "tamil": "ta", "telugu": "te", "panjabi": "pa",
    "punjabi": "pa", "farsi": "fa", "persian": "fa", "turkish": "tr", "thai": "th", "khmer": "km", "lao": "lo",
    "hmong": "hmn", "armenian": "hy", "romanian": "ro", "serbian": "sr", "croatian": "hr", "bosnian": "bs",
    "czech": "cs", "hungarian": "hu", "dutch": "nl", "swedish": "sv", "tigrinya": "ti", "yoruba": "yo", "igbo": "ig",
    "twi": "tw", "wolof": "wo", "pashto": "ps", "dari": "prs", "samoan": "sm", "american sign language": "ase",
    "asl": "ase", "sign language": "ase", "welsh": "cy",
}  # fmt: skip


_KNOWN_CODES: Final = frozenset(CODES.values())
_BETWEEN: Final = re.compile(r"\s*(?:[,;/|&+\n]|\band\b|\by\b)\s*", re.IGNORECASE)


def language_code(name: str) -> str | None:
    """The ISO 639 code of a language's name or code; "Chinese (Cantonese)" is Cantonese, "zh-Hans" Chinese."""
    text = name.strip().lower()
    if match := re.fullmatch(r"(.+?)\s*\((.+?)\)", text):
        return CODES.get(match[2]) or CODES.get(match[1])
    if match := re.fullmatch(r"([a-z]{2,3})(?:[-_][a-z]{2,4})?", text):
        return CODES.get(text) or (match[1] if match[1] in _KNOWN_CODES else None)
    return CODES.get(text)


def split_languages(text: str) -> list[str]:
    """The languages of a cell, where every part of it is one: "Spanish and Portuguese", "EN/ES"; else the text."""
    parts = [part for part in _BETWEEN.split(text) if part]
    return parts if len(parts) > 1 and all(language_code(part) for part in parts) else [text]
