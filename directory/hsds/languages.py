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


def language_code(name: str) -> str | None:
    """The ISO 639 code of a language's name; "Chinese (Cantonese)" is Cantonese."""
    text = name.strip().lower()
    if match := re.fullmatch(r"(.+?)\s*\((.+?)\)", text):
        return CODES.get(match[2]) or CODES.get(match[1])
    return CODES.get(text)
