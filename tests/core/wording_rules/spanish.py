"""What the letters in Spanish keep to, familiar and formal."""

from __future__ import annotations

from dataclasses import replace

from tests.core.wording_rules.rules import Rules

SPANISH = Rules(
    language="es",
    role="Delineante",
    never={
        "cheering": r"!|¡|\b(?:felici(?:dades|tar\w*|to|tamos)|enhorabuena|bravo|genial\w*|fantástic\w*|estupend\w*"
        r"|maravill\w*|magnífic\w*|increíbl\w*|excelente\w*|ánimos?|animarse|anímate|anímese|orgullos\w*|bien hecho"
        r"|buen trabajo|hurra|viva|mucha suerte|suerte|a por (?:todas|ello)|arriba es[eo])\b",
        "praise": r"\b(?:talento\w*|brillant\w*|vales mucho|vale mucho|eres (?:capaz|fuerte|valiente)|valía|valios\w*"
        r"|usted es (?:capaz|fuerte|valiente)|crack|impresionant\w*|lo estás haciendo|lo está haciendo bien)\b",
        "pity of employers": r"\b(?:por desgracia|desgraciadamente|lamenta\w*|lamento|desafortunadamente|lástima"
        r"|lo siento|lo sentimos|sentimos|una pena|qué pena|tristemente|infortun\w*|pesar de (?:nuestro|mi)|disculp\w*"
        r"|perd[oó]n\w*|me temo)\b",
        "blame": r"\b(?:fracas\w*|fallo|fallos|fallaste|fallad\w*|error\w*|culpa\w*|debilidad\w*|carencia\w*"
        r"|insuficient\w*|mejorar\w*|mejora|deberías haber|debería haber|tendrías que haber|rechaz\w*|descartad\w*"
        r"|perdedor\w*|suspendid\w*|no das la talla|no da la talla|no fue suficiente)\b",
        "orders": r"\b(?:debes|debe usted|deberías|debería|tienes que|tiene que|tendrías que|tendría que|has de|hay que"
        r"(?! contar)|haz|no olvid\w+|recuerda|recuerde|asegúrate|asegúrese|procura|procure|no te preocupes"
        r"|no se preocupe|no te rindas|no se rinda|sé (?:fuerte|paciente|positiv\w*)|sea (?:fuerte|paciente|positiv\w*)"
        r"|mantente|manténgase|es (?:necesario|imprescindible|importante) que|necesitas|tranquilí\w+"
        r"|est(?:ate|é) tranquil\w)\b",
        "the future": r"\b(?:pronto|algún día|tarde o temprano|la próxima vez|a la vuelta de la esquina|ya verás"
        r"|ya verá|acabará\w*|llegará\w*|saldrá\w*|encontrarás|encontrará|serás?|será[ns]?|tendrás|todo irá|irá bien"
        r"|algo mejor|mejor te espera|mejor le espera|tu momento|vas a (?:encontrar|conseguir|lograr)"
        r"|va a (?:salir|ir|encontrar|conseguir)|un paso más cerca)\b",
        "prizes": r"\b(?:gan(?:ar|a|es|aste|ador\w*)|victoria\w*|venc\w+|éxito\w*|exitos\w*|logr\w*|consegu\w*"
        r"|triunf\w*|oportunidad\w*|retos?|desafíos?|lección|lecciones|aventura\w*|viaje|demuestr\w*|demostr\w*"
        r"|superar\w*|supera|superación|potencial\w*|brillar|trampolín)\b",
        "denying": r"\b(?:nada personal|personalmente|(?:al|por lo) menos|lado bueno de|no es para tanto|positiv\w*"
        r"|no pasa nada por|todo pasa por algo|por algo será|no hay mal que|ya pasó|quítale hierro|quítele hierro"
        r"|solo es un (?:no|trabajo)|no es el fin)\b",
        "comparing": r"\b(?:otras personas (?:lo|están)|otros (?:lo|están|ya)|peor que tú|peor que usted|hay quien"
        r"|a todo el mundo le|a todos nos|nos pasa a todos|le pasa a (?:todo|cualquiera)|te pasa como a|no estás sol\w"
        r"|no está sol\w|no eres (?:el|la) únic\w|no es usted (?:el|la) únic\w|muchos como tú)\b",
        "diagnosis": r"\b(?:depres\w*|deprim\w*|ansi(?:edad|os\w*)|angusti\w*|estr[eé]s\w*|quemad[oa]s?|burn-?out\w*"
        r"|suicid\w*|desanima\w*|desánimo|desesper\w*|desmoraliza\w*|mental\w*|psic\w*|trauma\w*|terapi\w*|hundid\w*)\b",
        "volume": r"\b(?:más candidaturas|más solicitudes|presentarte más|presentarse más|(?<!no )sigue (?:así|adelante"
        r"|intentándolo|enviando)|siga (?:así|adelante|intentándolo|enviando)|esfuérz\w*|más esfuerzo por|no pares"
        r"|no pare|insist\w*|persever\w*)\b",
        "a friend's voice": r"\b(?:querid\w*|abrazo\w*|bes(?:o|os|itos)|cariño\w*|corazón|colega mío|amig[oa] mí[oa]"
        r"|aquí (?:estoy|me tienes)|estoy contigo|cuentas? conmigo|te entiendo|le entiendo|sé (?:cómo|lo que)"
        r"|siento (?:que|lo)|espero que|me alegr\w*|ojalá|nosotros|nos|nuestr\w*|aguanta un)\b",
        "silence": r"\b(?:ghost\w*|fantasma\w*|ignorar\w*|ignorad\w*|te ignor\w*|le ignor\w*|dej(?:aron|ado) en visto"
        r"|plantón|plantad[oa]|pasan? de ti|desprecio|ni se dign\w*)\b",
        "promises": r"\b(?:estudios (?:dicen|demuestran|muestran)|demostrado|comprobado|garantiz\w*|garantía"
        r"|siempre funciona|aumenta tus|aumenta sus|multiplica\w*)\b",
        "links": r"https?:|www\.|\b(?:clic|click|cliqu\w*|pulsa|pulse|pincha|pinche)\b",
        # No grammar may tell whether the reader is a man or a woman.
        "the reader's sex": r"\w/a\b|\w@|\(a\)|\b(?:estás|eres|fuiste|has sido|quedas) \w+(?:ad|id)[oa]\b"
        r"|\b(?:bienvenid|preparad|list|cansad|enfadad|invitad|seleccionad|sol)[oa] (?:estás|eres|si)\b",
    },
    doubt=r"parece|se lee como|\b(?:lo|la|que|si) leo\b|\bleo (?:una?|lo mismo|como|bien)\b|por lo que leo|según parece"
    r"|hasta donde|según el correo|que (?:leí|encontré)|si .{,60}(?:tuvo lugar|era buena)|el correo la confirma"
    r"|he encontrado",
    private=r"rechaz|negativ|candidatura|oferta|entrevista|puesto|empleo|trabaj|empresa|respuesta de|invitaci|notici"
    r"|\bmal[ao]s?\b|triste|\bun no\b|contrat",
    minutes={
        3: "tres minutos",
        5: "cinco minutos",
        8: "ocho minutos",
        10: "diez minutos",
        15: "quince minutos|un cuarto de hora",
        20: "veinte minutos",
        30: "treinta minutos|media hora",
    },
    tomorrow="mañana|próximo día laborable|no hoy|hoy no",
    blunt={
        "says-not_stated": r"sobre un plan",
        "says-other": r"sobre un plan",
        "says-position_filled": r"sobre un plan|parad[oa]|en espera",
        "opening-": r"\b(?:hablaste|habló usted|tu entrevista|su entrevista)\b.*se lee como",
    },
)
SPANISH_FORMAL = replace(
    SPANISH,
    formal=True,
    # Whoever is addressed as usted is not called tú in the next sentence.
    never={
        **SPANISH.never,
        "the formal address": r"\b(?:tu|tus|tú|ti|te|contigo|tuy[oa]s?|puedes|quier[ea]s|tienes|tengas|sabes|sepas"
        r"|estás|estés|eres|has|vas|podrías|querías|(?!baste\b)\w+(?:aste|iste)s?)\b",
    },
)
