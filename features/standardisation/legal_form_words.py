"""Legal forms that rigour misses in practice, and which of those it has to trust where: data, read by `legal_forms`."""

from __future__ import annotations

from features.standardisation.text import words

MISSED = """
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
    sca lp: sca sicar, sca sicav raif
    sicav fin: sicav sif, sicav raif, sicav fis, sicav ucits, icav, icvc, oeic, vcc, spc, fcp, fcpi, sicar
    sl llc: sl, slu, slp, sociedad limitada, sociedad limitada unipersonal, sl unipersonal, sl sociedad unipersonal
    ltda llc: ltda, limitada, sociedade limitada, lda, ltda me, ltda epp, unipessoal lda, cia ltda
    ltd llc: private limited, pvt ltd, pvt limited, private ltd, p ltd, pvtltd, pty limited, proprietary limited
    ltd llc: limited company, company limited, co limited, ltee, limitee, limited by guarantee
    ltd llc: company limited by guarantee, private company limited by shares, proprietary ltd, ltd co
    pte ltd llc: pte limited, private limited singapore, ptelt
    coltd llc: co ltd, company ltd
    pcl jsc: pcl, public company limited, public co ltd
    plc jsc: public limited co, public ltd co, plc ltd
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
    spzoo llc: sp z oo, sp zoo, spzoo, spz oo, spolka z oo, z oo, spolka z ograniczona odpowiedzialnoscia
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
    og gp: og, offene gesellschaft
    pc llc: pc, professional corporation
    gk llc: godo kaisha, goudou kaisha
"""
"""Form and class, then the spellings as Latin words, which rigour does not have or not without their accents."""

OTHER_SCRIPTS = """
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
    ltd llc: บริษัท, จำกัด, ห้างหุ้นส่วนจำกัด, प्राइवेट लिमिटेड, लिमिटेड
    pcl jsc: จำกัด มหาชน, บริษัทมหาชนจำกัด
    llc llc: ذمم, شذمم, شركة ذات مسؤولية محدودة
"""
"""The same for forms in other scripts, casefolded, full stops out; inflected where names are inflected."""

WITHOUT_SPACES = """
    kk jsc: 株式会社, (株), ㈱
    yk llc: 有限会社, (有)
    gk llc: 合同会社, (同)
    gp gp: 合資会社, 合名会社
    jsc jsc: 股份有限公司, 股份公司, 주식회사, (주)
    coltd llc: 有限责任公司, 有限責任公司, 有限公司, 유한회사, 유한책임회사, (유)
"""
"""Forms of scripts without spaces: taken off the front or the back of the text itself."""

BEFORE_NAMES = frozenset(
    words(
        "ooo zao oao pao pjsc jsc ojsc cjsc prjsc llc uab sci scpi sarl sasu eurl srl gie pt aktiebolaget"
        " aktsiaselts osauhing cia compania companhia"
    )
)
"""Latin forms that also stand before the name. `AB`, `AS`, `SAS` and `SIA` do so only before a quotation mark."""

BEFORE_NAMES_PHRASES = (
    *("cong ty", "joint stock", "public joint", "private joint", "open joint", "closed joint", "limited liability"),
    *("sociedad anonima", "societe anonyme", "sociedade anonima", "societe civile"),
)

MIDDLE = frozenset(
    words(
        "llc inc ltd limited plc gmbh mbh ag nv bv kgaa sarl srl sicav llp lp corp corporation incorporated pjsc jsc"
        " aktiengesellschaft aktiebolag"
    )
)
"""Forms that are nothing else in the middle of a name either: `Deutsche Bank AG London`, `Amber Corp II`."""

SHORT = frozenset(words("ab ag ae as bv cv eg ek gk kb kg kk ks ky lp nv og ou oü oy pc ry sa se ug"))
"""Of the forms of two letters that rigour has, those that are no more often a state, a number or a word."""

NO_FORMS = frozenset(
    words(
        "amba anl asc asia charity cyf esv ege fie fmba gie huf ngo nonprofit oeg ops pse scc sce sem sgr spf stg sti"
        " unlimited sad vos opg mmc im keg xk zs ik"
    )
)
"""Words that rigour takes for a form and that are more often a name."""

KEPT = frozenset(words("stiftung stichting fondation foundation fondazione fundacja fundacion verein genossenschaft"))
"""Forms that say who the party is: the foundation is not the company of the same name. Reported, never taken out."""

WINDING_UP = """
    in liquidation, in liquidazione, in liquidatie, en liquidation, en liquidacion, em liquidacao, w likwidacji
    w upadlosci, i likvidation, in abwicklung, in insolvenz, in receivership, in administration
"""
"""What is said behind the form while a party is wound up."""
