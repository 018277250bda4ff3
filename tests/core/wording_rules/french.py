"""What the letters in French keep to, familiar and formal."""

from __future__ import annotations

from dataclasses import replace

from tests.core.wording_rules.rules import ODD, Rules

FRENCH = Rules(
    language="fr",
    role="Dessinatrice",
    never={
        "cheering": r"!|\b(?:félicitations?|félicite\w*|bravo|hourra|youpi|super|génial\w*|fantastique\w*|formidable\w*"
        r"|magnifique\w*|excellente?s?|merveilleu\w*|bien joué|chapeau|fiers?|fières?|fierté|bon courage|courage"
        r"|bonne chance|tu vas y arriver|vous allez y arriver|passionnante?s?)\b",
        "praise": r"\b(?:talentueu\w*|dou(?:é|ée)s?|tu es (?:fort|capable|courageu\w*)|vous êtes (?:fort|capable"
        r"|courageu\w*)|impressionnant\w*|brillant\w*)\b",
        "promises": r"\b(?:les études (?:montrent|prouvent)|prouvé|garanti\w*|marche toujours|aide tout le monde)\b",
        "pity of employers": r"\b(?:malheureusement|hélas|regret\w*|désolée?s?|navrée?s?|au regret|tristement"
        r"|sommes au regret|je crains|dommage|par malheur|excuses?|excuser|excuse[zr]-)\b",
        "blame": r"\b(?:échec\w*|échou\w*|faute\w*|erreurs?|faiblesse\w*|lacune\w*|insuffisant\w*|pas à la hauteur"
        r"|améliorer|progresser|aurais dû|auriez dû|aurait fallu|refusée?s? par|rejetée?s?|perdante?s?|raté\w*|manqué"
        r"|pas assez|débouté\w*|écartée?s?)\b",
        "orders": r"\b(?:tu dois|vous devez|il faut que|il te faut|il vous faut|tu devrais|vous devriez|n'oublie[zs]?"
        r"|oublie[zs]?|assure-toi|assurez-vous|veille à|veillez à|pense[zs]? à|reste[zs]? positi\w*|garde[zs]? le moral"
        r"|ne t'en fais pas|ne vous en faites pas|ne t'inquiète|ne vous inquiétez|accroche-toi|accrochez-vous"
        r"|absolument|impérativement|il est important)\b",
        "the future": r"\b(?:bientôt|un jour viendra|tôt ou tard|la prochaine fois|mieux t'attend|mieux vous attend"
        r"|au coin de la rue|finira par|finiront par|ça ira|cela ira|tout ira|tu trouveras|vous trouverez|tu seras"
        r"|vous serez|tu auras|vous aurez|demain sera|ça viendra|cela viendra|va venir|vas trouver|allez trouver)\b",
        "prizes": r"\b(?:gagn\w*|victoire\w*|vainc\w*|réussi\w*|réussite\w*|succès|opportunité\w*|challenge\w*|défis?"
        r"|aventure\w*|tremplin\w*|prouv\w*|battre|exploit\w*|potentiel\w*|briller|atouts?)\b",
        "denying": r"\b(?:rien de personnel|personnellement|au moins (?:tu|vous|c'est)|bon côté des choses"
        r"|voir le positif"
        r"|positi(?:f|ve|ver)|ce n'est pas grave|pas si grave|pas la fin du monde|tout arrive pour une raison"
        r"|un mal pour un bien|relativis\w*)\b",
        "comparing": r"\b(?:d'autres (?:ont connu|vivent)|pire pour|il y a pire|plus mal lotis|mieux lotis"
        r"|comme tout le monde|tout le monde (?:passe|vit|connaît)|tu n'es pas (?:le seul|la seule|seul)"
        r"|vous n'êtes pas (?:le seul|la seule|seul)|nous sommes tous|les autres y arrivent)\b",
        "diagnosis": r"\b(?:dépress\w*|déprim\w*|burn-?out\w*|épuisement|anxi\w*|angoiss\w*|stress\w*|suicid\w*"
        r"|découragée?s?|désespoir|désespér\w*|psych\w*|mental\w*|moral)\b",
        "volume": r"\b(?:plus de candidatures|davantage de candidatures|encore plus de|candidater plus|postuler plus"
        r"|postule[zr]? davantage|continue[zs]? à postuler|continue[zs]? comme ça|n'abandonne[zs]?"
        r"|persévér\w*|redoubl\w*)\b",
        "a friend's voice": r"\b(?:ma chère|mon cher|chère? (?:ami\w*|lect\w*)|câlin\w*|bisous?|je t'embrasse"
        r"|je vous embrasse|tiens bon|tenez bon|je suis là pour|je sens|je comprends ce que"
        r"|je sais (?:ce que|combien|comme)|de tout cœur|mon pote|nous|notre|nos)\b",
        "silence": r"\b(?:ghost\w*|fantôme\w*|t'ont ignoré\w*|vous ont ignoré\w*|snob\w*|silence radio"
        r"|méprise\w*|mépris)\b",
        "links": r"https?:|www\.|\bcliqu\w*|\bclic\b",
        "the reader's sex": r"\b(?:tu (?:es|étais|seras)|vous (?:êtes|étiez)) \w+(?:é|ée|i|ie|u|ue)s?\b|\(e\)|·e\b",
    },
    doubt=(
        r"ressembl\w* à|se lit comme|si je lis bien|j'y lis|je lis|d'après ma lecture|sembl\w*|semble-t-il|paraît"
        r"|j'y ai trouvé|j'ai trouvé|que j'ai lue?\b|est à vérifier|a eu lieu|était la bonne"
    ),
    private=r"\b(?:refus\w*|non|rejet\w*|candidatures?|postes?|entretiens?|embauches?|offres?)\b",
    minutes={
        3: "trois minutes",
        5: "cinq minutes",
        8: "huit minutes",
        10: "dix minutes",
        15: "quinze minutes|quart d['’]heure",
        20: "vingt minutes",
        30: "trente minutes|demi-heure",
    },
    tomorrow="demain|prochain jour ouvr|pas aujourd['’]hui",
    # A space stands before a colon, a question mark and within quotation marks; none of them may end a line.
    odd=ODD.replace(r"|\s[.,;:?!]", r"|\s[.,]| [;:?!»]|« "),
)
FRENCH_FORMAL = replace(
    FRENCH,
    formal=True,
    # Whoever is addressed as vous is not called tu in the next sentence.
    never={**FRENCH.never, "the formal address": r"\b(?:tu|te|toi|ta|tes|ton)\b|\bt['’]"},
)
