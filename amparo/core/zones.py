"""The one time zone of a country, '' where it has several: an hour is then said with its place. Source: IANA tz database, zone.tab."""

from __future__ import annotations

from collections.abc import Mapping

ZONES: Mapping[str, str] = {
    "BO": "America/La_Paz",
    "BZ": "America/Belize",
    "CO": "America/Bogota",
    "CR": "America/Costa_Rica",
    "CU": "America/Havana",
    "CW": "America/Curacao",
    "DO": "America/Santo_Domingo",
    "FR": "Europe/Paris",
    "GF": "America/Cayenne",
    "GT": "America/Guatemala",
    "GY": "America/Guyana",
    "HN": "America/Tegucigalpa",
    "HT": "America/Port-au-Prince",
    "JM": "America/Jamaica",
    "NI": "America/Managua",
    "PA": "America/Panama",
    "PE": "America/Lima",
    "PY": "America/Asuncion",
    "SR": "America/Paramaribo",
    "SV": "America/El_Salvador",
    "TT": "America/Port_of_Spain",
    "UY": "America/Montevideo",
    "VE": "America/Caracas",
}


def zone_of(country: str) -> str:
    """IANA name, '' where the country is unknown or keeps several times."""
    return ZONES.get(country, "")
