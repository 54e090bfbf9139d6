"""What comparators need of a person's name, prepared once a record."""

from __future__ import annotations

from features.comparators.sounds import phonetic
from features.declare import record_feature
from features.standardisation.persons import PARTICLES

_SHORT_FORMS = """
    albert: al bert albie
    alexander: alex alec xander sandy sascha sasha alexandre alejandro aleksandr
    alexandra: alex sandra sandy sascha sasha alejandra
    alfred: al fred alf alfie alfredo
    andrew: andy drew andreas andre andrea
    anna: ann anne annie anja anita nancy ana
    anthony: tony toni anton antoine antonio
    barbara: barb babs barbie baerbel
    benjamin: ben benny benji
    catherine: cathy kate katie kathy katherine kathryn katharina katrin catalina kathrin
    charles: charlie chuck chas karl carl carlos
    christina: chris tina christine kirsten kristina christiane
    christopher: chris kit topher christoph christophe cristobal
    daniel: dan danny dani
    david: dave davy
    deborah: deb debbie debra
    donald: don donnie
    dorothy: dot dottie dolly dorothea
    edward: ed eddie ted teddy ned eduard edouard eduardo
    elizabeth: liz lizzie beth betty betsy eliza lisa elisabeth elise isabel lisbeth elsbeth
    eugene: gene eugen
    ferdinand: ferdi fernando nando
    francisco: paco pancho francis frank franz francois frankie kiko
    frederick: fred freddy friedrich fritz frederic federico
    george: georg georges jorge joerg
    gerald: gerry jerry gerhard gerd
    gregory: greg gregor
    henry: harry hank heinrich heinz henri enrique heiner
    ignacio: nacho ignaz
    jacob: jake jakob jacques
    james: jim jimmy jamie jaime
    jennifer: jen jenny
    jessica: jess jessie
    john: johnny jack jon johannes johann hans jean juan hannes
    jonathan: jon jonny
    joseph: joe joey josef sepp jose pepe beppe giuseppe
    joshua: josh
    kenneth: ken kenny
    lawrence: larry laurence lorenz laurent lorenzo
    leonard: leo len lenny leonhard
    louis: lou ludwig luis lewis louie
    margaret: maggie meg peggy marge margie greta margarete gretchen marguerite margarita gretel
    martin: marty marti
    mary: marie maria molly polly mitzi
    matthew: matt matthias matthieu mateo
    maximilian: max
    michael: mike mick mickey micky michel miguel michi
    nicholas: nick nicky nico klaus niklas nikolaus nicolas claus
    patricia: pat patty tricia trish
    patrick: pat paddy
    peter: pete petra pierre pedro
    philip: phil philippe felipe philipp
    raymond: ray raimund
    rebecca: becky becca
    richard: rich rick ricky dick ricardo
    robert: rob robbie bob bobby bert roberto
    ronald: ron ronnie
    samuel: sam sammy
    sebastian: seb basti bastian
    stephen: steve steven stefan stephan etienne esteban
    susan: sue susie suzy susanne suzanne susanna
    theodore: ted teddy theo theodor teodoro
    theresa: terry tess tessa therese teresa resi
    thomas: tom tommy tomas
    timothy: tim timmy
    ursula: uschi ulla
    victoria: vicky vicki tori
    vincent: vince vinny vicente vinzenz
    walter: walt wally
    wilhelm: willi willy william bill billy will guillaume guillermo wim liam
    wolfgang: wolf wolfi
"""
"""One name a line, then its short forms and what it is in the other languages.

rigour's tagger of names knows more of them, but takes seconds and some 400 MB in every worker.
"""


@record_feature()
def given_initial(given_name: str) -> str:
    """First letter of the given names."""
    return given_name[0]


@record_feature()
def given_name_forms(given_name: str) -> list[str]:
    """The first given name and the names it is a form of (`bill`: `bill`, `wilhelm`), sorted.

    By a table of common English, German, French and Spanish forms; a name may be a form of several.
    """
    first = given_name.split(maxsplit=1)[0]
    return sorted({first, *_FULL_FORMS.get(first, ())})


@record_feature()
def family_name_core(family_name: str) -> str:
    """The family name without particles and spaces: `van der Berg` is `berg`, `Mac Donald` is `macdonald`."""
    words = family_name.split()
    return "".join(word for word in words if word not in PARTICLES) or "".join(words)


@record_feature()
def family_name_sound(family_name_core: str) -> str | None:
    """Metaphone code (Philips 1990) of the family name without particles."""
    return phonetic(family_name_core) or None


@record_feature()
def person_tokens(given_name: str, family_name: str) -> list[str]:
    """Distinct words of given and family name together, sorted: which of them is which does not count."""
    return sorted({*given_name.split(), *family_name.split()})


def _full_forms() -> dict[str, list[str]]:
    """Form → the names at the head of its lines."""
    full_forms: dict[str, list[str]] = {}
    for line in _SHORT_FORMS.strip().splitlines():
        full, _, short = line.strip().partition(":")
        for form in short.split():
            full_forms.setdefault(form, []).append(full)
    return full_forms


_FULL_FORMS = _full_forms()
