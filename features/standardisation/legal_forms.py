"""Legal forms: found, named, classed and taken out of a name, before it, after it or in the middle.

Rigour knows most forms and the class of each; the tables here hold what it misses in practice and what it
takes for a form although it is a word. A form is taken out of the middle only where nothing else can be meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from rigour.names import extract_org_types

from features.standardisation.numerals import is_numeral
from features.standardisation.text import latin, normal_form, words
from features.standardisation.wording import Wording

_MISSED = """
    sa jsc: societe anonyme, sociedad anonima, sociedade anonima, spolka akcyjna
    sa jsc: sau, sociedad anonima unipersonal, ae, anonymi etaireia, anonimi etairia, anonymos etairia, sal, saa, sab
    sacv jsc: sa de cv, sab de cv, sapi de cv, sociedad anonima de capital variable
    srl llc: srls, srlcr, sociedad de responsabilidad limitada, s de rl, s de rl de cv, srl de cv, srlu
    srl llc: societa a responsabilita limitata, societa a responsabilita limitata semplificata
    spa jsc: societa per azioni, societe par actions
    sarl llc: sa rl, sarl, sarlu, societe a responsabilite limitee, scs sarl, sa rls
    sas llc: sasu, societe par actions simplifiee, societe par actions simplifiee unipersonnelle
    sci gp: sci, societe civile immobiliere, sccv, scpi, societe civile
    scsp lp: scsp, societe en commandite speciale
    sca jsc: sca, societe en commandite par actions
    sca lp: sca sicar, sca sicav raif, secs
    sicav fin: sicav sif, sicav raif, sicav fis, sicav ucits, icav, icvc, oeic, vcc, spc, fcp, fcpi, sicar
    sl llc: sl, slu, slp, sociedad limitada, sociedad limitada unipersonal, sl unipersonal, sl sociedad unipersonal
    ltda llc: ltda, limitada, sociedade limitada, lda, ltda me, ltda epp, unipessoal lda, cia ltda
    ltd llc: private limited, pvt ltd, pvt limited, private ltd, p ltd, pvtltd, pty limited, proprietary limited
    ltd llc: limited company, company limited, co limited, ltee, limitee, limited by guarantee
    ltd llc: company limited by guarantee, private company limited by shares, proprietary ltd, ltd co
    pte ltd llc: pte limited, private limited singapore, ptelt
    coltd llc: co ltd, company ltd
    pcl jsc: pcl, public company limited, public co ltd
    plc jsc: public limited co, plc ltd
    dac llc: dac, designated activity company
    ultd sp: unlimited company, ulc, unlimited liability company, uc
    llc llc: fz llc, llc fz, fze llc, wll, spc wll, limited liability co, limited liability company, l lc
    llc llc: limited liability corporation, co llc, company llc
    lp lp: limited partnership, lllp, scottish limited partnership, lp inc, elp, slp lp
    llp llp: limited liability partnership
    inc llc: incorporated, co inc, company inc, incorporation
    corp llc: corp, corporation, corpn, corp inc, corporation limited, corporation ltd
    co llc: co, company, compagnie, cie, cia, compania, compania limitada, companhia, compagnia
    na fin: na, national association, natl assn, national assn, nat l assn, natl association
    na fin: national banking association, a national banking association
    fsb fin: fsb, federal savings bank, federal association, fed svgs bk
    ssb fin: ssb, state savings bank
    gmbh llc: gmbh in gruendung, ges mbh, gesellschaft mbh, mbh
    gmbh llc: gesellschaft mit beschrankter haftung
    gmbhcokg lp: gmbh co kg, gmbh and co kg, gmbh und co kg, gmbh cie kg, gmbh cokg, ug haftungsbeschrankt co kg
    gmbhcokg lp: se co kg, bv co kg, gmbh co ohg
    gmbhcokg lp: gmbh co geschlossene investment kg, gmbh co geschlossene investmentkommanditgesellschaft
    agcokg lp: ag co kg
    agcokgaa lp: ag co kgaa
    gmbhcokgaa lp: gmbh co kgaa, se co kgaa
    cokg lp: co kg, co kommanditgesellschaft
    ug llc: ug haftungsbeschrankt, unternehmergesellschaft haftungsbeschrankt
    ab llc: ab, aktiebolag, aktiebolaget
    ab jsc: ab publ, aktiebolag publ, ab plc
    as jsc: as, aktieselskab, anonim sirketi, anonim sirket, aktsiaselts, akciju sabiedriba, tas
    asa jsc: asa, allmennaksjeselskap
    as llc: aksjeselskap
    aps llc: anpartsselskab
    hf jsc: hf, hlutafelag
    ehf llc: ehf, einkahlutafelag
    oyj jsc: oyj abp, julkinen osakeyhtio, abp
    oy llc: oy ab, osakeyhtio
    ou llc: ou, osauhing
    nv jsc: naamloze vennootschap, nv sa, sa nv
    bv llc: besloten vennootschap, bv srl, bvba sprl, besloten vennootschap met beperkte aansprakelijkheid
    coop coop: cooperatief ua, cooperatie ua, cooperatieve ua, ua, scrl, cvba, sccl, scarl, soc coop
    coop coop: societa cooperativa, sociedad cooperativa, sc coop, scc rl
    spzoo llc: sp z oo, sp zoo, spzoo, spolka z oo, z oo, spolka z ograniczona odpowiedzialnoscia
    spk lp: sp k, spk, spolka komandytowa, sp zoo sp k, sp z oo sp k
    spk lp: spolka z ograniczona odpowiedzialnoscia spolka komandytowa
    spj gp: sp j, spj, spolka jawna
    sro llc: spol s ro, spolsro, s ro, spolecnost s rucenim omezenym, spolocnost s rucenim obmedzenym
    as jsc: akciova spolecnost, akciova spolocnost
    doo llc: doo, dooel, drustvo s ogranicenom odgovornoscu
    dd jsc: dd, dionicko drustvo, delnicka druzba
    ad jsc: ad, akcionarsko drustvo
    ead jsc: ead
    ood llc: ood, eood, ad ood
    kft llc: korlatolt felelossegu tarsasag
    zrt jsc: zartkoruen mukodo reszvenytarsasag, zartkoru reszvenytarsasag
    nyrt jsc: nyrt, nyilvanosan mukodo reszvenytarsasag
    srl llc: societate cu raspundere limitata
    ltd llc: limited sirketi, ltd sti, limited sirket, ltd sirketi, sanayi ve ticaret limited sirketi
    epe llc: epe, ike, idiotiki kefalaiouchiki etaireia, etaireia periorismenis eythynis
    shpk llc: shpk
    tbk jsc: tbk, persero tbk, perseroan terbatas, persero
    pt llc: pt
    bhd jsc: berhad, bhd
    sdn bhd llc: sendirian berhad, sdn berhad
    jsc jsc: joint stock company, joint stock co, public joint stock company, private joint stock company, prjsc, jscb
    jsc jsc: open joint stock company, closed joint stock company, joint stock commercial bank, pujsc, cong ty co phan
    jsc jsc: psc, qpsc, pqsc, ksc, kscp, kscc, bsc, sae, saog, saoc, pjs
    llc llc: cong ty tnhh, cong ty trach nhiem huu han, tnhh
    kk jsc: kk, kabushiki kaisha, kabushiki gaisha, kabushikikaisha
    gk llc: godo kaisha, goudou kaisha
"""
"""Form and class, then the spellings as Latin words, which rigour does not have or not without their accents."""

_OTHER_SCRIPTS = """
    ao jsc: ат, пат, прат, пуат, акб, акціонерне товариство, публічне акціонерне товариство
    ao jsc: приватне акціонерне товариство, акціонерного товариства, публічного акціонерного товариства
    ao jsc: приватного акціонерного товариства, акціонерному товаристві, акціонерним товариством
    ao jsc: акционерное общество, акционерного общества, публичного акционерного общества, пао, ао, оао, зао
    ao jsc: публичное акционерное общество, открытое акционерное общество, закрытое акционерное общество
    ao jsc: акционерный коммерческий банк, акціонерний комерційний банк, публічне акц товариство, акц товариство
    ooo llc: тов, ооо, тоо, товариство з обмеженою відповідальністю, товариства з обмеженою відповідальністю
    ooo llc: общество с ограниченной ответственностью, общества с ограниченной ответственностью
    ooo llc: товарищество с ограниченной ответственностью, осоо, чао
    ad jsc: ад, еад, а д
    doo llc: доо, оод, еоод
    sa jsc: αε, ανωνυμη εταιρεια, ανώνυμη εταιρεία, ανώνυμος εταιρεία, αεε
    epe llc: επε, ικε, μονοπροσωπη ικε, εε
    bm llc: בעמ, בע״מ, בע מ
    jsc jsc: شمك, شمع, شمق, شمب, شمل, شمم, شركة مساهمة عامة, شركة مساهمة
    llc llc: ذمم, شذمم, شركة ذات مسؤولية محدودة
"""
"""The same for forms in other scripts, casefolded, full stops out; inflected where names are inflected."""

_WITHOUT_SPACES = """
    kk jsc: 株式会社, (株), ㈱
    yk llc: 有限会社, (有)
    gk llc: 合同会社, (同)
    gp gp: 合資会社, 合名会社
    jsc jsc: 股份有限公司, 股份公司, 주식회사, (주)
    coltd llc: 有限责任公司, 有限責任公司, 有限公司, 유한회사, 유한책임회사, (유)
"""
"""Forms of scripts without spaces: taken off the front or the back of the text itself."""

_LEADING = frozenset(
    words(
        "ooo zao oao pao pjsc jsc ojsc cjsc prjsc llc uab sia sci scpi sarl sasu eurl snc sas srl gie pt aktiebolaget"
        " aktsiaselts osauhing cia compania companhia"
    )
)
"""Latin forms that also stand before the name. `AB`, `AS`, `SA`, `AG` and `SE` do so only before a quotation mark."""

_LEADING_PHRASES = (
    *("cong ty", "joint stock", "public joint", "private joint", "open joint", "closed joint", "limited liability"),
    *("sociedad anonima", "societe anonyme", "sociedade anonima", "societe civile"),
)

_MIDDLE = frozenset(
    words(
        "llc inc ltd limited plc gmbh mbh ag nv bv kgaa sarl srl sicav llp lp corp corporation incorporated pjsc jsc"
        " aktiengesellschaft aktiebolag"
    )
)
"""Forms that are nothing else in the middle of a name either: `Deutsche Bank AG London`, `Amber Corp II`."""

_SHORT = frozenset(words("ab ag ae as bv cv eg ek ev gk gp kb kg kk ks ky lp nv og ou oü oy pc ry sa se ug"))
"""Of the forms of two letters that rigour has, those that are no more often a state, a number or a word."""

_NO_FORMS = frozenset(
    words(
        "amba anl asc asia charity cyf esv ege fie fmba gie huf ngo nonprofit oeg ops pse scc sce sem sgr spf stg sti"
        " unlimited sad vos opg mmc im keg xk zs ik"
    )
)
"""Words that rigour takes for a form and that are more often a name."""

_KEPT = frozenset(words("stiftung stichting fondation foundation fondazione fundacja fundacion verein genossenschaft"))
"""Forms that say who the party is: the foundation is not the company of the same name. Reported, never taken out."""

_WINDING_UP = """
    in liquidation, in liquidazione, in liquidatie, en liquidation, en liquidacion, em liquidacao, w likwidacji
    w upadlosci, i likvidation, in abwicklung, in insolvenz, in receivership, in administration
"""
"""What is said behind the form while a party is wound up."""

_STATES = tuple(tuple(state.split()) for state in _WINDING_UP.replace("\n", ",").split(",") if state.strip())
_STATE_ENDS = frozenset(state[-1] for state in _STATES)
_GENERIC = frozenset(words("first second third fourth fifth the of bank national state american united home city"))
_DESCRIPTIVE = frozenset(("federal savings bank", "state savings bank", "fsb", "ssb"))
_LONGEST = 8
_LAST_OF_LATIN = 0x24F


class Form(NamedTuple):
    """A legal form: its comparison spelling and its class across countries."""

    name: str
    kind: str | None


def _table(text: str) -> Iterator[tuple[str, Form]]:
    for line in text.strip().splitlines():
        head, _, spellings = line.partition(":")
        form, _, kind = head.strip().rpartition(" ")
        for spelling in spellings.split(","):
            yield spelling.strip(), Form(form, kind)


FORMS: dict[str, Form] = dict(_table(_MISSED))
"""Spelling in Latin words → form, where rigour does not have it."""

_LENGTHS: dict[str, int] = {}
for _spelling in FORMS:
    _size, _last = _spelling.count(" ") + 1, _spelling.rpartition(" ")[2]
    _LENGTHS[_last] = max(_LENGTHS.get(_last, 0), _size)

_ORIGINAL = {normal_form(spelling) or "": form for spelling, form in _table(_OTHER_SCRIPTS)}
_UNSPACED = sorted(
    ((normal_form(spelling) or "", form) for spelling, form in _table(_WITHOUT_SPACES)), key=lambda item: -len(item[0])
)


def strip_unspaced(text: str) -> tuple[str, list[Form]]:
    """The text without a form that is written onto it (`株式会社`), and that form."""
    if text.isascii():
        return text, []
    for spelling, form in _UNSPACED:
        rest = text.removeprefix(spelling).removesuffix(spelling).strip()
        if rest != text and any(c.isalnum() for c in rest):
            return rest, [form]
    return text, []


def strip_forms(name: Wording, text: str) -> list[Form]:
    """Take every legal form out of the wording of a text; they come back with the telling one first.

    One word at least stays: a name that is nothing but a form keeps itself.
    """
    known = {phrase: form for matched, target in extract_org_types(text) for phrase, form in _named(matched, target)}
    found: list[Form] = []
    ends = [place for place in range(len(name) - 1, 0, -1) if name.breaks[place]] if True in name.breaks else []
    for end in (len(name), *ends):
        found += _strip_before(name, min(end, len(name)), known)
    found += _strip_leading(name, known)
    found += _strip_middle(name)
    found += [_kept(word) for word in name.words if word in _KEPT]
    return sorted(found, key=lambda form: form.name == "co")


def form_of(phrase: str) -> Form | None:
    """The form that these words are, if they are one."""
    return FORMS.get(phrase) or _ORIGINAL.get(phrase) or _accented_form(phrase) or _rigour_form(phrase)


def _strip_before(name: Wording, end: int, known: Mapping[str, Form]) -> list[Form]:
    """Take forms off the words before a place, as long as words remain."""
    found: list[Form] = []
    while end > 0:
        end = _strip_state(name, end)
        longest = min(_longest_form(name.words[end - 1], known), end, len(name) - 1)
        for size in range(longest, 0, -1):
            start = end - size
            phrase = " ".join(name.words[start:end])
            form = _form(phrase, known)
            if form and not _belongs_to_the_name(phrase, name.words, start, end):
                name.drop(start, end)
                end = start
                found.append(form)
                break
        else:
            return found
    return found


def _longest_form(last: str, known: Mapping[str, Form]) -> int:
    """Words of the longest form that could end in this word; known ones are looked at when there are any."""
    if known or not last.isascii():
        return _LONGEST
    return _LENGTHS.get(last) or (1 if _rigour_form(last) else 0)


def _strip_state(name: Wording, end: int) -> int:
    for state in _STATES if name.words[end - 1] in _STATE_ENDS else ():
        size = len(state)
        if size < end and tuple(name.words[end - size : end]) == state:
            name.drop(end - size, end)
            return _strip_state(name, end - size)
    return end


def _strip_leading(name: Wording, known: Mapping[str, Form]) -> list[Form]:
    found: list[Form] = []
    while len(name) > 1:
        start = f"{name.words[0]} {name.words[1]}"
        if name.words[0].isascii() and name.words[0] not in _LEADING and not start.startswith(_LEADING_PHRASES):
            return found
        for size in range(min(_LONGEST, len(name) - 1), 0, -1):
            form = _form(" ".join(name.words[:size]), known)
            if form:
                name.drop(0, size)
                found.append(form)
                break
        else:
            return found
    return found


def _strip_middle(name: Wording) -> list[Form]:
    found: list[Form] = []
    for place in range(len(name) - 2, 0, -1):
        word, after = name.words[place], name.words[place + 1]
        sure = word in _MIDDLE or not word.isascii() or (word in ("co", "company") and is_numeral(after))
        form = form_of(word) if sure and word not in _KEPT and after != "of" else None
        if form:
            name.drop(place, place + 1)
            found.append(form)
    return found


def _form(phrase: str, known: Mapping[str, Form]) -> Form | None:
    """The form a phrase is, where rigour's finds in this very name are `known`; None for one that is kept."""
    if phrase in _KEPT:
        return None
    form = FORMS.get(phrase)
    if form is None and not phrase.isascii():
        form = _ORIGINAL.get(phrase) or _accented_form(phrase)
    return form or known.get(phrase) or (None if " " in phrase else _rigour_form(phrase))


def _kept(word: str) -> Form:
    return Form(word, "coop" if word == "genossenschaft" else "ngo")


def _belongs_to_the_name(phrase: str, name: list[str], start: int, end: int) -> bool:
    """Whether `Bank of CO` ends in a state, or `First Federal Savings Bank` would be left as `first`."""
    if start > 1 and name[start - 1] == "of":
        return True
    return phrase in _DESCRIPTIVE and _GENERIC.issuperset(name[:start] + name[end:])


@lru_cache(maxsize=1 << 14)
def _accented_form(phrase: str) -> Form | None:
    """The form of Latin words with accents, spelled without; another script's words are other words."""
    if phrase.isascii() or any(ord(character) > _LAST_OF_LATIN for character in phrase):
        return None
    plain = " ".join(words(latin(phrase)))
    return FORMS.get(plain) or _rigour_form(plain)


@lru_cache(maxsize=1 << 14)
def _rigour_form(phrase: str) -> Form | None:
    """The form rigour has for exactly these words, with or without a full stop."""
    found = (pair for spelling in (phrase, phrase + ".") for pair in extract_org_types(spelling))
    return next((form for pair in found for words_of, form in _named(*pair) if words_of == phrase), None)


@lru_cache(maxsize=1 << 14)
def _named(matched: str, target: str) -> tuple[tuple[str, Form], ...]:
    """The words of what rigour matched and the form it is; nothing for what is more often a name."""
    phrase = " ".join(words(matched))
    if phrase in _NO_FORMS or (len(phrase) <= 2 and phrase.isascii() and phrase not in _SHORT):
        return ()
    kinds = extract_org_types(matched, generic=True)
    return ((phrase, Form(target.replace(".", ""), kinds[0][1] if kinds else None)),)
