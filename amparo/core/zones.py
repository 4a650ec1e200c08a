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

SEATS: Mapping[str, str] = {
    "AR": "America/Argentina/Buenos_Aires",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "CL": "America/Santiago",
    "EC": "America/Guayaquil",
    "ES": "Europe/Madrid",
    "MX": "America/Mexico_City",
    "PT": "Europe/Lisbon",
    "US": "America/New_York",
}
"""Where the seat of government keeps its clock, in countries with several: a national office opens by it."""


def office_zone(country: str) -> str:
    """IANA name by which a national service opens, '' where we do not know it."""
    return ZONES.get(country) or SEATS.get(country, "")


def zone_of(country: str) -> str:
    """IANA name, '' where the country is unknown or keeps several times."""
    return ZONES.get(country, "")
