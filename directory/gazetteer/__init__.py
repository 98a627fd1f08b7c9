"""Places of the United States without a third party: ZIP codes, towns, counties and states, and the *where* box.

Pure look-ups over a shipped file, loaded once into memory; no database and no network. Online geocoding of provider
addresses is in `directory/geocoding.py`.
"""

from directory.gazetteer.among_words import PlaceAmongWords, place_among_words
from directory.gazetteer.places import (
    Place,
    area_code_label,
    area_codes_at,
    county_code,
    county_of_zip,
    is_area_centre,
    place_at,
    state_code,
    town_code,
    town_point,
    zip_centre_within,
    zip_place,
    zip_point,
)
from directory.gazetteer.reading import PlaceAnswer, find_exact_place, find_place, suggest_places

__all__ = [
    "Place",
    "PlaceAmongWords",
    "PlaceAnswer",
    "area_code_label",
    "area_codes_at",
    "county_code",
    "county_of_zip",
    "find_exact_place",
    "find_place",
    "is_area_centre",
    "place_among_words",
    "place_at",
    "state_code",
    "suggest_places",
    "town_code",
    "town_point",
    "zip_centre_within",
    "zip_place",
    "zip_point",
]
