"""English of the words that names of banks, insurers and funds are made of, and of how such names describe themselves.

A line is the English word, then the words for it. `~` ends the stem of a Slavic adjective, `+` that of a Slavic noun:
their endings are added when the table is read. Only what a word means in the name of a party, and hardly ever else.
"""

FINANCE = """
bank: banks banking bancorp bancshares bankers banco bancos banca banche banque banques bancaire bancaria bancario
bank: banken bankhaus bankas bankasi bankacilik pank pankki bankki bankia banku bankowosc bankovni bankinn banki banka
bank: bankata bankarstvo banky bankovy bankit банк+ банківськ~ банковск~ банка банката банкинг τραπεζα τραπεζης τραπεζασ
bank: بنك البنك مصرف المصرف 銀行 银行 은행
savings: saving sparkasse sparkassen spar sparebank sparbank sparbanken sparebanken sparekasse sparisjodur epargne
savings: ahorro ahorros poupanca risparmio spaarbank spaarkas sparen saastopankki saasto oszczednosci oszczednosciowa
savings: sporitelna sporitelny sporitelni stedionica stedna hranilnica takarek takarekpenztar economii tasarruf ощадн~
savings: ощад заощаджен+ заощадження заощаджень сбережен+ сбережений сберегательн~ сбер спестовн~ штедионица ταμιευτηριο
savings: ταμιευτηριου 储蓄 貯蓄 저축
credit: credits kredit kredyt kredito krediti kredite credito creditos crediti credite kreditna kreditni kreditanstalt
credit: krediidi luotto luottopankki hitel hitelbank kredytowy kredytowa uverova uverovy krediet kredietbank krediitti
credit: кредит+ кредитн~ кредитив πιστη πιστεωσ πιστεως ائتمان 信用 信贷 신용
loan: loans darlehen prets prestamo prestamos emprestimo emprestimos prestiti lainat pozyczka pozyczki pujcka позик+
loan: займ+ позика δανειο 贷款 大出
mortgage: mortgages hypotheken hypothekenbank hypothekar hypotheek hipotecario hipotecaria ipotecario ipoteca ipotecar
mortgage: hypothecaire hypothekenbanken realkredit boliglan bostad hipoteczny hipoteczna hypotecni hypotekarna jelzalog
mortgage: іпотечн~ ипотечн~ іпотек+ ипотек+ hypotek hypo 抵押
investment: investments investing investor investors invest investition investitionen investissement investissements
investment: inversion inversiones inversor inversora investimento investimentos investimenti investering investeringen
investment: investeringer investeringar sijoitus sijoitukset inwestycje inwestycyjny inwestycyjna inwestycji investice
investment: investicni investicna investicny investicije investicijska investicija investitii investitie yatirim
investment: yatirimlar beruhazasi befektetesi befektetes beteiligung beteiligungen beteiligungsgesellschaft investicio
investment: інвестиці+ інвестиційн~ інвест инвестици+ инвестиционн~ инвест инвестиция επενδυσεις επενδυτικη επενδυσεων
investment: استثمار الاستثمار للاستثمار 投資 投资 투자
development: developments developing entwicklung entwicklungsbank developpement desarrollo desenvolvimento sviluppo
development: ontwikkeling utveckling udvikling utvikling kehitys rozwoj rozwoju rozvoj rozvoje rozvojova razvoj razvojna
development: razvitak fejlesztesi fejlesztes dezvoltare kalkinma gelistirme розвит+ розвиток розвитку развити+ развитие
development: развитию αναπτυξη αναπτυξης αναπτυξησ تنمية التنمية للتنمية 開発 开发 發展 发展 개발
reconstruction: wiederaufbau reconstruccion ricostruzione odbudowa obnova реконструкці+ реконструкция реконструкции
commercial: commerciale commerciaux comercial comerciale kommerziell kommerz komercni komercna komercijalna komercyjny
commercial: handlowy handlowa kereskedelmi ticari комерційн~ коммерческ~ ком комерчн~ εμπορικη εμπορικης تجاري التجاري
commercial: 商業 商业 상업
capital: capitals kapital kapitaly kapitalu capitale capitales capitaux kapitali kapitalforvaltning капітал+ капитал+
capital: κεφαλαιο κεφαλαια κεφαλαιου رأسمال 资本 資本 캐피탈
finance: finances financial financing finanz finanzen finanzierung finanzierungs financiere financier financieros
finance: financiero financiera financeiro financeira financeiras finanziaria finanziario finanza financien finansowy
finance: finansowa finanse finansi finans finansal finansman finansiering rahoitus rahoitusyhtio finanzas financni
finance: financna financijska finansijska penzugyi financiara financiar rahastot фінанс+ фінансов~ финанс+ финансов~
finance: финанси χρηματοδοτηση χρηματοδοτικη 金融 財務 财务 금융
insurance: insurances assurance assurances versicherung versicherungen versicherungs versicherungsgesellschaft seguro
insurance: seguros aseguradora aseguradoras seguradora assicurazione assicurazioni assicuratrice verzekering
insurance: verzekeringen forsikring forsikrings forsakring forsakringar forsakrings vakuutus vakuutusyhtio ubezpieczen
insurance: ubezpieczenia ubezpieczeniowa pojistovna pojistovny poistovna poistovne osiguranje osiguranja zavarovalnica
insurance: biztosito biztositas asigurari asigurare sigorta kindlustus draudimas apdrosinasana страхов~ страхуван+
insurance: страхування страхован+ страхование застраховател+ осигурителн~ застраховане осигурање ασφαλεια ασφαλειες
insurance: ασφαλιστικη ασφαλιστικης تأمين التأمين للتأمين 保険 保險 保险 보험
reinsurance: ruckversicherung reassurance reaseguros reaseguro resseguros riassicurazione reasekuracja перестрахуван+
reinsurance: перестрахован+ перестраховочн~ 再保险 再保険
life: lebensversicherung leben vida vie levensverzekering livsforsikring henki zycie zycia zivotna zivotni eletbiztosito
life: viata hayat життя жизнь жизни 生命 人寿 생명
pension: pensions pensionskasse pensionskassen pensionen retraite retraites pensiones pensoes previdencia previdenza
pension: pensioen pensioenfonds pensjon elake emerytura emerytalny emerytalne penzijni dochodkova mirovinski pokojninska
pension: nyugdij pensii emeklilik пенсійн~ пенсионн~ пенси+ 養老 养老 年金 연금
mutual: mutuelle mutuelles mutua mutuo mutualidad mutualidade gegenseitigkeit onderlinge gensidige gensidig omsesidig
mutual: wzajemnych взаємн~ взаимн~
cooperative: cooperativa cooperativas cooperativo cooperatives genossenschaft genossenschafts cooperatie andels
cooperative: osuuskunta osuuspankki spoldzielnia spoldzielczy spoldzielcza spoldzielczego druzstvo druzstevni zadruga
cooperative: szovetkezet szovetkezeti kooperatif kooperativ кооперативн~ кооператив+ кооперацiя συνεταιριστικη
cooperative: συνεταιρισμος 合作 협동
trust: trusts treuhand treuhander fideicomiso fiduciaria fiduciaire траст+ трастов~ довірч~ доверительн~ 信託 信托 신탁
trustee: trustees
securities: security wertpapier wertpapiere valores vardepapper verdipapir papirow wartosciowe cennych cenne menkul
securities: цінн~ ценн~ 証券 證券 证券 증권
leasing: lease lizing lizingowa leasingova лізинг+ лізингов~ лизинг+ лизингов~ χρηματοδοτικης 租赁 リース 리스
factoring: faktoring faktoringowy факторинг+ факторингов~ 保理
broker: brokers brokerage courtage corretora corretagem corredores makelaar makler maklerski maklerska maklerskie
broker: meklari aracilik брокер+ брокерськ~ брокерск~
exchange: exchanges bourse borse boerse bolsa borsa beurs bors gielda burza berza borsasi бірж+ бирж+ біржа биржа
exchange: χρηματιστηριο 交易所 取引所
fund: funds fonds fondo fondos fundo fundos fondi fonder fondet rahasto fundusz funduszu fondu alap fonu фонд+ фондов~
fund: ταμειο αμοιβαιο صندوق 基金 펀드 ファンド
asset: assets actifs actif activos ativos attivi vermogen vermogens aktywa aktywow актив+ 资产 資産 자산
management: manager managers managing verwaltung verwaltungs gestion gestao gestione gestora gestionnaire beheer
management: forvaltning forvaltnings hoito zarzadzanie zarzadzania sprava spravcovska upravljanje kezelo alapkezelo
management: yonetimi portfoy administrare управлін+ управління управлен+ управление управляющ~ управительн~ διαχειριση
management: διαχειρισης إدارة الإدارة 管理 관리
wealth: patrimoine patrimonial patrimonio patrimoniale
portfolio: portfolios portefeuille portafoglio cartera carteira портфель
equity: equities eigenkapital
clearing: clearings кліринг+ клірингов~ клиринг+ клирингов~ 清算 結算
settlement: abwicklung rozliczen розрахунк+ розрахунков~ расчет+ расчетн~
payment: payments paiement paiements pagos pagamentos pagamenti zahlung zahlungs betaling betalings odeme platnosci
payment: платіжн~ платежн~ платеж+ 支付 決済
card: cards tarjetas картк+ карт+
guarantee: guaranty garantie garantia garantias garanzia garanti гаранті+ гарантийн~ гарантия 保証 担保
deposit: deposits einlagen depositos depositi вклад+ депозит+ депозитн~
accounting: buchhaltung comptabilite contabilidad contabilita ksiegowosc бухгалтерськ~ бухгалтерск~
audit: auditing auditors wirtschaftsprufung auditoria revision revisjon аудит+ аудиторськ~ аудиторск~
tax: steuer steuerberatung podatkowy податков~ налогов~
treasury: tresor tesoro tesoreria казначейств+ hazine
"""

KINDS = """
state: states staat staats staatliche etat estado stato statale estatal statlig statens panstwowy panstwowa panstwowe
state: statni statna statny drzavna drzavni allami devlet державн~ держ государственн~ гос госуд държавн~ κρατικη 国有
state: 國立 국립
national: nazionale nazionali nacional nacionales nationale nationaux nationaal nasjonal nationell narodowy narodowa
national: narodowego narodni narodna nacionalna nacionalni nationala nemzeti ulusal milli kansallinen національн~ нац
national: националн~ национальн~ нацiональн~ εθνικη εθνικης وطني الوطني الوطنية أهلي الأهلي 国家 国民 국민
people: peoples volks volk populaire populares popular popolare popolari ludowy lidova halk nepi народн~ λαικη халық
people: халик شعبي 人民
federal: federation federale federales bundes bund federalny federalna federaal федеральн~ федераці+ федерация федерации
public: publique publiques publica publico publiche pubblica pubblico publiczny publiczna verejny verejna javna javni
public: kamu offentlich offentliche offentlig openbare publik громадськ~ общественн~ 公共 公立
private: prive privee privees privada privado privata privato privat privatbank prywatny prywatna soukroma soukromy
private: приватн~ приват частн~ ιδιωτικη 民間 私立
municipal: municipality municipale municipales kommunal kommunale kommune gemeinde stadtische comunal comunale gmina
municipal: miejski miejska miejskie mestska mestsky obecni varosi belediye belediyesi муніципальн~ муниципальн~ міськ~
municipal: городск~ общинск~ commune communes gemeente kunta kaupunki δημος δημου 市立 市政
regional: regionale regionales regionaux regionalny regionalna bolgesel регіональн~ региональн~ обласн~ областн~ 地方
regional: 地区
central: centrale centraux centralny centralna centralne zentral zentralbank zentrale centraal sentral centrala ustredni
central: kozponti merkez merkezi центральн~ централн~ центробанк κεντρικη 中央 중앙
local: locale locaux lokalny mistni місцев~ местн~
world: monde mondial mundial mondiale welt wereld swiat swiatowy svet svetova vilag dunya maailma світ світов~ мир мира
world: мировой мировая всемирн~ παγκοσμια 世界 세계
international: internationale internationales internationaux internacional internacionales internazionale internationaal
international: internasjonal internationell miedzynarodowy miedzynarodowa mezinarodni medzinarodna medjunarodna
international: medunarodna medunarodni mednarodna nemzetkozi internationala uluslararasi rahvusvaheline starptautiska
international: tarptautinis kansainvalinen міжнародн~ международн~ меѓународна διεθνης διεθνεις دولي الدولي الدولية 国際
international: 國際 国际 국제
global: globale globalny глобал глобальн~ 环球 環球 글로벌
universal: universel universelle universale uniwersalny універсал універсальн~ универсал универсальн~
general: generale generales generaux allgemeine allgemeiner algemene generalna ogolny генеральн~ загальн~ allmenna
general: alminnelige γενικη 総合 통합
united: unite unis unida unidas unidos uniti vereinigte vereinigt verenigde zjednoczone zjednoczony spojene ujedinjeni
united: birlesik forenede forente forenade yhdistynyt єдність єдин~ объединенн~ объедин обєднан~ обединен~ ηνωμενα 連合
united: 联合 聯合 연합
union: unions unione uniao unie unia unii unija unirea verband verbund sindacato birlik birligi unionen союз+ спілк+
union: ενωση ενωσης اتحاد الاتحاد
association: associations associazione asociacion associacao vereinigung verein vereniging forening forbund yhdistys
association: stowarzyszenie sdruzeni zdruzenie udruzenje egyesulet asociatia dernek dernegi асоціаці+ ассоциаци+
association: асоціація ассоциация συλλογος جمعية 協会 协会 협회
society: societe societes sociedad sociedade societa gesellschaft maatschappij selskab sallskap spolecnost spolocnost
society: drustvo tarsasag societatea sirketi товариств+ обществ+ дружеств+ εταιρεια εταιρια
company: companies compagnie compagnia compania companhia kompania firma firmy unternehmen onderneming bolag yritys
company: podjetje poduzece preduzece vallalat компані+ компани+ компания предприяти+ предприятие підприємств+ شركة 公司
company: 会社
group: groups groupe grupo gruppo gruppe groep grupa gruppen konzern concern skupina konserni csoport topluluk toplulugu
group: груп груп+ групп+ група группа концерн+ ομιλος مجموعة 集団 集团 集團 グループ 그룹
holding: holdings holdco hldg hldgs холдинг+ холдингов~ συμμετοχων القابضة قابضة 控股 ホールディングス 홀딩스
corporation: corporations corporate corporacion corporacao corporativo corporatif korporacja korporace korporacija
corporation: корпораці+ корпораци+ корпоративн~ корпорация корпорація
enterprise: enterprises entreprise entreprises empresa empresas impresa imprese isletmesi przedsiebiorstwo podnik
partner: partners partenaires socios soci partnerzy партнер+ партнёр+ パートナーズ
brother: brothers bros bruder gebruder freres hermanos irmaos fratelli gebroeders broderna bracia bratri брати братья
brother: kardesler
son: sons sohne fils hijos filhos figli zonen sonner synowie synove ogullari сини сыновья
office: offices buro bureau oficina ufficio kontor kantor biuro ured kancelar офіс офис
centre: center centres centers centro centri zentrum centrum keskus senter kozpont centr центр+ κεντρο مركز 中心
centre: センター
institute: institutes institut instituto istituto instituut instytut ustav intezet enstitu інститут+ институт+
institute: ινστιτουτο معهد 研究所 研究院 연구소
foundation: foundations stiftung stichting fondation fundacion fundacao fondazione fundacja nadace nadacia zaklada
foundation: alapitvany fundatia vakif vakfi stiftelse stiftelsen saatio фундаці+ ιδρυμα مؤسسة 財団 재단
agency: agencies agentur agence agencia agenzia agentschap agencja agentura ugynokseg ajans агентств+ агенці+ агенция
agency: οργανισμος وكالة
ministry: ministere ministerium ministerio ministero ministerie ministerstwo ministerstvo bakanligi міністерств+
ministry: министерств+
authority: authorities behorde autorite autoridad autorita autoriteit urzad urad
council: consejo consiglio consell raad rada vijece konsey 協議会
chamber: kammer chambre camara kamer izba komora odasi палат+
committee: comite comitato komitee komitet комітет+ комитет+ 委員会 委员会
department: departement departamento dipartimento abteilung департамент+
branch: branches zweigniederlassung niederlassung zweigstelle filiale filialen succursale succursales sucursal sucursala
branch: filiaal bijkantoor oddzial pobocka fioktelepe sivuliike podruznica subesi sube відділення філія філії філіал
branch: филиал+ отделен+ отделение клон клона 分行 分公司 支店 지점
first: erste erster premiere premier primera primero primeira primeiro eerste forste forsta pierwszy pierwsza prvni prva
first: prvi birinci ensimmainen перш~ перв~ първ~ прв~ πρωτη 第一 제일
second: zweite deuxieme segunda segundo seconda secondo tweede drugi druha masodik ikinci друг~ втор~ 第二
new: neue neuer neues nouveau nouvelle nieuwe нов~ νεα νεος الجديد الجديدة 新
old: ancien ancienne viejo antiguo vecchio stary stara старий старая стар~
great: grand grande grosse grosser gran groot wielki wielka veliki buyuk велик~ больш~ μεγαλη الكبير 大
royal: royale koninklijke koniglich kongelig kunglig krolewski kralovska kraljevska kiraly королівськ~ королевск~ ملكي
royal: الملكية
free: freie libre libero vrije wolny вільн~ свободн~
home: homes heim domov
house: houses haus maison huis talo дому дім дом
family: familie famille familia famiglia familien rodzina rodinny obitelj csalad aile сімейн~ семейн~ родинн~ фамільн~
family: фамильн~
islamic: islamico islamique islamisch islami ісламськ~ исламск~ إسلامي الإسلامي الاسلامي اسلامي الإسلامية
christian: christliche chretien cristiano християнськ~ христианск~
workers: arbeiter travailleurs trabajadores lavoratori робітнич~ рабоч~
citizens: burger citoyens ciudadanos cittadini obcanska громадян+
youth: jugend jeunesse juventud молодіжн~ молодежн~
alliance: alianza alleanza alliantie alians aliance альянс+ ittifak
partnership: partnerschaft partenariat партнерств+
stock: aktien acciones azioni акціонерн~ акционерн~ акц 株式 股份
republic: republique republik republica repubblica republika cumhuriyet cumhuriyeti respublikasi республік+ республик+
republic: 共和国
social: sociale sociaux sozial soziale sociala socijalna sosyal соціальн~ социальн~ социалн~ κοινωνικη 社会
city: cities stadt stadte cite ville ciudad cidade citta miasto miasta mesto град місто город sehir 都市 城市
district: bezirk kreis distrito distretto bydel район+ районн~ okres powiat
post: postal postale poste postes correos correios poczta posta pocztowy postovni поштов~ пошта почтов~ почта 郵便 邮政
post: 우편
business: businesses gewerbe negocios affaires affari бізнес+ бизнес+
farmers: bauern agriculteurs agricultores agricoltori landbouwers rolnikow фермер+
merchants: merchant kaufleute marchands mercantil mercantile kupiecki купецьк~ купеческ~
craft: crafts handwerk handwerker artisanat artisans artesanal artigiana artigianato rzemieslniczy ремісн~ ремесленн~
"""
