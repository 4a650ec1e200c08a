"""Words that take a warning sign away from a clause, and words without which a clause is about something else.

Meaning alone takes "ask for Ms Ramdin" for questions about her family; a sign needs the thing it is about in the clause itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from amparo.bot.features import plain
from amparo.core import pay

_NO = r"(?:no|nunca|jamas|sin|ni|nao|nem|sem|not|never|nobody|don't|do not|without|ne|n'|jamais|sans|aucun|aucune|pa|pap|san|okenn)"
REFUSED: Mapping[str, re.Pattern[str]] = {
    "money": re.compile(
        rf"\b{_NO}\b[^.]{{0,25}}\b(?:cobr|pag|pid|pedi|cost|tax|charg|fee|pay|ask|frais|demand|peye|mande|lajan|fre|depos)"
        r"|\b(?:gratis|gratuit|free of charge|pa gen fre)"
    ),
    "deducted": re.compile(
        rf"\b{_NO}\b[^.]{{0,20}}\b(?:descuent|descont|deduct|reten|retir)|sans retenue|sem desconto|sin descuento"
        r"|rembours\w* par (?:l.employeur|l.entreprise|la societe)|reimbursed by|reembolsad\w+ (?:por|pela) (?:la |el )?empres"
    ),
    "papers": re.compile(
        r"\b(?:conserv|copia|copy|copie|rete nan men w|stays? with you|fica(?:m)? (?:sempre )?com voc|keep your own|gardez vos)"
    ),
    "contract": re.compile(
        r"(?:contrato|contract|contrat|kontra)[^.]{0,40}(?:antes|before|avant|anvan|primer|first|premier|premye|registr|ministeri|escrito|written|ecrit|ekri|declar)"
    ),
}
ABOUT: Mapping[str, tuple[str, ...]] = {
    "rf_upfront_fee": ("money",),
    "rf_ticket_paid": ("deducted",),
    "rf_wants_documents": ("papers",),
    "ilo_documents_retained": ("papers",),
    "rf_no_contract": ("contract",),
    "rf_sign_blank_debt": ("contract",),
}
"""What refusing words take a sign away."""


_PAPERS = (
    r"pasaporte|passapor|passeport|passport|paspo|papel|papier|papye|paper|document|dokiman|cedula|identi|visa|viza|visto|"
    r"\b(?:dni|id|ids|rg|dpi|curp)\b"
)
_PAY = (
    r"pag|pay|paid|salar|salè|sale\b|sueldo|wage|paie|paye|peye|money|plata|dinero|dinheiro|argent|lajan|kob\b|touche|cobr|"
    r"\b(?:goud|gourdes?|dola|dolar\w*|dollars?|pesos?|soles|euros?|reais|real|centavos?|centimes?|senk)\b"
)
REQUIRED: Mapping[str, re.Pattern[str]] = {
    "rf_no_contract": re.compile(
        r"\b(?:no|sin|nada|not|without|sem|nao|nunca|pas|sans|aucun|pa|san|alla|llegues?|arriv\w+|chegar|rive|place|verbal\w*|palabra|boca|"
        r"confianza|confianca|trust|word|oral|pawol|ingles|english|anglais|idioma|language)\b"
    ),
    "rf_salary_too_good": re.compile(
        r"\d|\b(?:triple|triplo|times|fois|fwa|demasiad\w+|muchisim\w+|trop|twop|altisim\w+|ilimitad\w+|unlimited|illimite\w*|ric[ao]s?|rich)\b"
    ),
    "rf_upfront_fee": re.compile(
        r"\d|pag|pay|paid|cobr|deposit|\bfees?\b|charg|frais|\bfre\b|vers|peye|voye|\bsend|lajan|\bkob|cost|cuest|cust|cout|koute|taxa|inver|"
        r"antici|acompt|cancel|adelant|transf|moncash|money|plata|dinero|dinheiro|argent"
    ),
    "rf_family_info": re.compile(
        r"(?:foto|direcc|endere|address|adres|telefo|phone|nombre|nome|names?\b|noms?\b|donde viv|onde mor|"
        r"where .{0,20}live|habit|kote|ki moun|cuant|who)"
        r".{0,60}(?:famil|padre|madre|mama|papa|hij[oa]|herman|parent|mother|father|sister|brother|kid|child|fanmi|manman|pitit|"
        r"mae|pai|filh|irma|mere|pere|enfant|soeur)"
        r"|(?:famil|padre|madre|hij[oa]|parent|fanmi|filh|enfant).{0,40}(?:direcc|endere|address|adres|telefo|phone|trabaj|viv|mor)"
    ),
    "rf_private_interview": re.compile(
        r"habitacion|cuarto|\broom|chambre|quarto|chanm|\bsol[ao]s?\b|alone|sozinh|seule|poukont|privad|private|prive|\bnoche|night|noite|\bsoir|aswe|"
        r"apartament|departamento|apartment|appartement|lejos|mi casa|my place|my house|chez moi|lakay mwen|\bfar\b|\blwen"
    ),
    "rf_marriage_offer": re.compile(
        r"casar|casas|casamento|matrimoni|marr|wife|espos|epous|marye|maryaj|novi[ao]|husband|marido|\bmari\b|mariag|boda|wedding|noiv|amor|love|renmen|amour|mennaj|boyfriend"
    ),
    "rf_wants_documents": re.compile(_PAPERS),
    "ilo_documents_retained": re.compile(_PAPERS),
    "rf_no_experience": re.compile(r"\b(?:no|sin|sem|sans|pas|pa|not|without|nao|ni|any|cualquier|qualquer|nenpot)\b"),
    "ilo_wages_withheld": re.compile(_PAY),
    "rf_domestic_care_livein": re.compile(
        r"casa|house|home|\bkay\b|maison|chez|intern|live.?in|domest|niner|baba|nanny|nounou|cuida|care|okipe|limpi|clean|bonne|sirvienta|maid"
    ),
}
"""What each of these signs must name."""


def refused(name: str, clause: str) -> bool:
    """True where the clause says that this is not asked or not done, or lacks what the sign needs."""
    folded = plain(clause).replace("’", "'")
    required = REQUIRED.get(name)
    if required is not None and not required.search(folded):
        return True
    if name == "rf_salary_too_good" and any(char.isdigit() for char in folded) and not pay.bait(folded):
        return True
    return any(REFUSED[kind].search(folded) for kind in ABOUT.get(name, ()))
