"""What the letters in German keep to, familiar and formal."""

from __future__ import annotations

from dataclasses import replace

from tests.core.wording_rules.rules import Rules

GERMAN = Rules(
    language="de",
    role="Bauzeichnerin",
    never={
        "cheering": r"!|\b(?:glückwunsch\w*|gratul\w*|herzlich\w*|hurra|juhu|bravo|super|toll\w*|großartig\w*"
        r"|klasse|prima"
        r"|fantastisch\w*|wunderbar\w*|spitze|stolz\w*|kopf hoch|nur mut|weiter so|gut gemacht|d(?:u|as) schaffst?"
        r"|sie schaffen das)\b",
        "praise": r"\b(?:begabt\w*|talentiert\w*|du bist (?:gut|stark|mutig|genug)|sie sind (?:gut|stark|mutig)"
        r"|beeindruckend\w*|brillant\w*)\b",
        "promises": r"\b(?:studien (?:zeigen|belegen)|erwiesen\w*|garantier\w*|wirkt immer|hilft (?:jedem|allen))\b",
        "pity of employers": r"\b(?:leider|bedauer\w*|schade|tut (?:mir|uns) leid|zu (?:meinem|unserem) \w+"
        r"|entschuldig\w*"
        r"|traurigerweise|bedauerlich\w*|befürcht\w*)\b",
        "blame": r"\b(?:versag\w*|scheiter\w*|gescheitert|fehler\w*|schuld\w*|schwäche\w*|mangel\w*|mängel\w*"
        r"|verbesser\w*"
        r"|hätte(?:st|n)? (?:\w+ ){0,4}sollen|abgelehnt\w*|ablehnung\w*|durchgefallen|erfolglos\w*|verlierer\w*"
        r"|unzureichend\w*|nicht gut genug|nicht gereicht)\b",
        "orders": r"\b(?:sollte\w*|du sollst|sie sollen|du musst|musst du|sie müssen|müssen sie|müsst\w*|unbedingt"
        r"|vergiss"
        r"|vergessen sie|denk daran|denken sie daran|bleib positiv|bleiben sie positiv|achte\w* (?:sie )?darauf"
        r"|keine sorge"
        r"|lass dich nicht|lassen sie sich nicht|nicht den mut)\b",
        "the future": r"\b(?:bald|demnächst|irgendwann|eines tages|früher oder später|(?:beim )?nächstes? mal"
        r"|beim nächsten mal|(?:wird|werden) (?:sich )?schon|etwas besseres|die richtige stelle|kommt die zeit|du wirst"
        r"|wirst du|sie werden|werden sie|klappt (?:es|das)|wird (?:es|das) klappen)\b",
        "prizes": r"\b(?:gewinn\w*|sieg\w*|erfolg\w*|chance\w*|reise|herausforder\w*|beweis\w*|schlag\w*"
        r"|bestleistung\w*"
        r"|lektion\w*|gelegenheit\w*|potenzial\w*)\b",
        "denying": r"\b(?:persönlich\w*|zumindest|wenigstens|immerhin|halb so (?:wild|schlimm)|nicht so schlimm"
        r"|kein grund zur|alles hat (?:einen|seinen) (?:grund|sinn)|hat sein gutes|das gute daran|trotz allem"
        r"|positiv (?:sehen|denken))\b",
        "comparing": r"\b(?:anderen (?:geht|ergeht) es|so geht es (?:vielen|allen)|geht (?:es )?(?:vielen|allen) so"
        r"|nicht allein|nicht (?:der|die) einzige|(?:schlechter|besser) dran|(?:jeder|alle) kenn(?:t|en)"
        r"|jedem (?:ein)?mal)\b",
        "diagnosis": r"\b(?:depress\w*|burn-?out\w*|ausgebrannt\w*|angst\w*|ängst\w*|stress\w*|suizid\w*|selbstmord\w*"
        r"|entmutig\w*|hoffnungslos\w*|verzweifel\w*|psych\w*|niedergeschlagen\w*)\b",
        "volume": r"\b(?:mehr bewerb\w*|weiter bewerben|einfach weiter|dranbleib\w*|bleib dran|bleiben sie dran"
        r"|streng dich"
        r"|mehr anstreng\w*|nicht aufgeben|gib nicht auf)\b",
        "a friend's voice": r"\b(?:lieb(?:e|er|es)|umarm\w*|drück\w*|daumen|kumpel|schatz|halte? durch|halten sie durch"
        r"|für (?:dich|sie) da|ich fühle|ich weiß,? wie|ich verstehe,? (?:wie|dass)|wir|uns|unser\w*)\b",
        "silence": r"\b(?:ghost\w*|geghostet|ignorier\w*|hängen ?(?:ge)?lassen|nicht für nötig)\b",
        "links": r"https?:|www\.|\bklick\w*",
    },
    doubt=(
        r"sieht (?:.* )?nach |nach .* sieht|sieht (?:es )?so aus|liest sich als|lese ich|ich lese|soweit ich|scheint"
        r"|die ich gelesen habe|das ich gelesen habe|lässt sich das prüfen|gestimmt hat"
        r"|anscheinend|gefunden"
    ),
    private=(
        r"\b(?:absage\w*|nein|abgelehnt\w*|ablehnung\w*|bewerbung\w*|stelle\w*|gespräch\w*|einladung\w*|angebot\w*"
        r"|zusage\w*)\b"
    ),
    minutes={
        3: "drei minuten",
        5: "fünf minuten",
        8: "acht minuten",
        10: "zehn minuten",
        15: "fünfzehn minuten|viertelstunde",
        20: "zwanzig minuten",
        30: "dreißig minuten|halbe stunde|halben stunde",
    },
    tomorrow="morgen|nächsten werktag|nicht heute|heute nicht",
)
GERMAN_FORMAL = replace(
    GERMAN,
    formal=True,
    # Whoever is addressed as Sie is not called du in the next sentence.
    never={**GERMAN.never, "the formal address": r"\b(?:du|dir|dich|dein\w*)\b"},
)
