"""English of the words for countries and points of the compass, and parts of clipped compounds: see `meanings_money`.

The names of countries themselves come from ICU, in all languages; here stand adjectives and inflected names.
"""

WORLD = """
north: northern nord nordlich nordliche norte setentrional norra nordre noord noorden polnocny polnocna severni severna
north: sjever eszaki kuzey pohjois pohjola північн~ північ северн~ север βορεια шимол 北 北方 북부
south: southern sud sudlich sudliche meridional sodra sydlig sydliche zuid zuiden poludniowy poludniowa jizni juzna jug
south: guney etela південн~ південь південний южн~ юг νοτια νοτιος 南方 남부
east: eastern ostlich ostliche orient orientale oriental leste ostra ostre oosten wschodni wschodnia vychodni istocna
east: istok keleti dogu східн~ схід восточн~ восток ανατολικη ανατολη الشرق 東方 东方 동부 동양
west: western westlich westliche ouest occidental occidentale oeste ovest vastra vestre westen zachodni zachodnia
west: zapadni zapadna zapad nyugati lansi західн~ захід западн~ запад δυτικη الغرب 西方 서부
atlantic: atlantique atlantico atlantica atlantik atlantisch атлантичн~ атлантическ~
pacific: pacifique pacifico pazifik тихоокеанськ~ тихоокеанск~ 太平洋
baltic: baltique baltico balti baltycki baltijos baltijas ostsee балтійськ~ балтийск~
nordic: nordique nordico nordisk nordiska nordiske nordische pohjoismaiden
caucasus: caucasian kaukasus kavkaz kavkaski кавказьк~ кавказск~ кавказ
asia: asian asiatic asie asien asiatique asiatico aziatische azja azjatycki asya азійськ~ азіатськ~ азиатск~ азия азія
asia: ασια 亚洲 亜細亜 アジア 아시아
europe: european europa europaische europaisch europeen europeenne europeens europeo europea europeu europeia europees
europe: europese europaeisk europeisk europejski europejska evropa evropska evropsky europsky europai avrupa eurooppa
europe: eurooppalainen європ+ європейськ~ европ+ европейск~ ευρωπη ευρωπαικη ευρωπαϊκη أوروبا 欧洲 欧州
africa: african afrique afrika africain africaine africano africana afrikanische afryka afrykanski африк+ африканськ~
africa: африканск~
america: american americas amerika amerique americano americana americain americaine amerikanische amerykanski америк+
america: американськ~ американск~ αμερικη αμερικανικη 美国 アメリカ 米国 미국
arab: arabic arabe arabische arabo arabska arapski arap арабськ~ арабск~ عربي العربي العربية
balkan: balkans balkanska balkanski балканськ~ балканск~
ukraine: ukrainian ukrainische ukrainienne ukrainien ukrainski ukrainska ukrajinska ukrajinsky ucraina ucrania україн+
ukraine: українськ~ украин+ украинск~ украинска
russia: russian russische russisches russe russes russo russa ruso rusa rosyjski rosyjska rusky ruska venajan rossiya
russia: rosiya росі+ російськ~ росси+ российск~ русск~ руск~ ρωσια ρωσικη
belarus: belarusian byelorussian belarussian belorusskiy bialoruski білорус+ білоруськ~ белорус+ белорусск~ беларуск~
belarus: беларус+
moldova: moldovan moldavian moldovei moldovenesc молдов+ молдовськ~ молдавск~
poland: polish polnische polonais polonaise polacca polski polska polskie polskiego polsky poljska lengyel польськ~
poland: польск~ польш+
germany: german deutsch deutsche deutscher deutsches allemand allemande aleman alemana alemao tedesca tedesco duitse
germany: tysk tyska tyske niemiecki niemiecka nemecky nemecka njemacki njemacka nemacka nemet saksan німецьк~ німеччин+
germany: немецк~ герман+ германск~ γερμανικη
austria: austrian osterreichische osterreichischer osterreichisches osterreich autrichienne austriaco austriaca
austria: austriacki rakousky rakouska osztrak avusturya австрі+ австрійськ~ австри+ австрийск~
france: french francais francaise francaises francesa frances francese franzosische franse fransk franska francuski
france: francuska francouzsky ranska francia fransiz француз+ французьк~ французск~ франці+ франци+ γαλλικη
italy: italian italien italienne italienisch italienische italiano italiana italiani italiane italiaanse italiensk
italy: wloski wloska italsky talijanski olasz italyan італі+ італійськ~ итали+ итальянск~ ιταλικη
spain: spanish espagnol espagnole espanol espanola espanhol spanische spagnola spagnolo spaanse spansk hiszpanski
spain: spanelsky іспан+ іспанськ~ испан+ испанск~
portugal: portuguese portugais portugues portuguesa portoghese portugiesische portugalski португальськ~ португальск~
netherlands: dutch niederlandische niederlande neerlandais holandes olandese nederlandse nederlands nederlandsche
netherlands: hollands holenderski holland нідерландськ~ нидерландск~ голландськ~ голландск~
belgium: belgian belge belges belga belgische belgisch belgio belgijski бельгійськ~ бельгийск~ бельги+
luxembourg: luxembourgeoise luxembourgeois luxemburgische luxemburg luxemburgo lussemburgo люксембург+ люксембурзьк~
switzerland: swiss suisse schweizer schweizerische schweizerischer suizo suiza suico svizzera svizzero zwitserse
switzerland: schweizisk szwajcarski svycarsky isvicre швейцарськ~ швейцарск~ швейцарі+ швейцари+ ελβετικη
britain: british britannique britanico britannico britische brytyjski britsky британськ~ британск~ британі+ британи+
england: english englische anglais inglese ingles angielski anglicky англійськ~ английск~ англі+ англи+
scotland: scottish schottische ecossais scozzese шотландськ~ шотландск~
ireland: irish irische irlandais irlandese irlandzki ірландськ~ ирландск~
denmark: danish danische danois danese deens dansk danske dunski dansky данськ~ датск~ дани+ tanska
sweden: swedish schwedische suedois svedese zweeds svensk svenska svenske szwedzki svedsky шведськ~ шведск~ швеці+
sweden: швеци+ ruotsin
norway: norwegian norwegische norvegien norvegese norsk norske norwegow norweski norsky норвезьк~ норвежск~ норвегі+
norway: норвеги+
finland: finnish finnische finlandais finlandese finsk finska finske finski suomen suomalainen фінськ~ финск~ фінлянді+
finland: финлянди+
iceland: icelandic islandske islenska islands ісландськ~ исландск~
estonia: estonian estnische eesti estonski естонськ~ эстонск~ естоні+ эстони+
latvia: latvian lettische latvijas lotewski lotyssky латвійськ~ латвийск~ латвi+ латви+
lithuania: lithuanian litauische lietuvos litewski litevsky литовськ~ литовск~ литв+
czechia: czech czechoslovak tschechische tcheque ceska cesky ceske ceskych ceskomoravska czeski czeska cseh чеськ~
czechia: чешск~ чехі+ чехи+
slovakia: slovak slowakische slovaque slovensky slovenskej slowacki szlovak словацьк~ словацк~ словаччин+ словаки+
slovenia: slovenian slovene slowenische slovenska slovenije словенськ~ словенск~ словені+ словени+
hungary: hungarian ungarische hongrois hongroise hungaro ungherese magyar magyarorszagi wegierski madarsky madarska
hungary: угорськ~ угорщин+ венгерск~ венгри+
romania: romanian rumanische roumain roumaine rumano rumeno romaneasca romaniei rumunski rumunsky румунськ~ румунск~
romania: румуні+ румыни+
bulgaria: bulgarian bulgarische bulgare bulgaro bulgarska balgarska bulgarski bulharsky болгарськ~ болгарск~ българск~
bulgaria: българи+ болгарі+ болгари+
serbia: serbian serbische serbe serbo srpska srpski srbije srbija сербськ~ сербск~ српск~ србиj+ србије сербі+ серби+
croatia: croatian kroatische croate croato hrvatska hrvatski hrvatske chorwacki chorvatsky хорватськ~ хорватск~ хорваті+
croatia: хорвати+
bosnia: bosnian bosnische bosanska bosne bosna боснійськ~ боснийск~ босн+ боснa
macedonia: macedonian makedonska makedonski makedonije makedonija македонськ~ македонск~ македонi+ македони+
albania: albanian albanische albanais albanese shqiptare shqiptar shqiperise албанськ~ албанск~
greece: greek griechische grecque griego grega hellenic hellas grecki recky grcka yunan гре+ грецьк~ греческ~ греці+
greece: греци+ ελληνικη ελληνικης ελλαδοσ ελλαδος ελλασ ελληνικο
cyprus: cypriot cypriote zypern chipre cipro cypryjski kibris кіпрськ~ кипрск~ кіпр+ кипр+ κυπρου κυπριακη
turkey: turkish turkische turc turque turco turca turks turkiye turk tyrkisk turecki turecky turska torok турецьк~
turkey: турецк~ туреччин+ турци+
georgia: georgian georgische georgien georgiano gruzja gruzinski грузинськ~ грузинск~ грузі+ грузи+ sakartvelos
georgia: sakartvelo
armenia: armenian armenische armenien armeno вірменськ~ армянск~ вірмені+ армени+ haykakan hayastani
azerbaijan: azerbaijani aserbaidschan azerbaycan азербайджанськ~ азербайджанск~ азербайджан+
kazakhstan: kazakh kazakhstani kasachstan qazaqstan казахськ~ казахстанськ~ казахстанск~ казахск~ казахстан+ қазақстан
uzbekistan: uzbek usbekistan ozbekiston узбецьк~ узбекск~ узбекистан+
kyrgyzstan: kyrgyz kirgisistan киргизьк~ киргизск~ кыргызск~ кыргызстан+
israel: israeli israelische israelien ізраїльськ~ израильск~ ισραηλ
egypt: egyptian agyptische egyptien egipcio egiziana misr египетск~ єгипетськ~ مصر المصري المصرية
iran: iranian iranische iranien іранськ~ иранск~ ایران
saudi: saudis saoudien saudita saudische سعودي السعودي السعودية саудівськ~ саудовск~
kuwait: kuwaiti koweit كويت الكويت الكويتي الكويتية
india: indian indische indien indiano indienne indyjski індійськ~ индийск~ 印度
china: chinese chinesische chinois chinoise chino cinese chines chinees kinesisk chinski cinsky cinska kinai китайськ~
china: китайск~ κινεζικη 中国 中國 中华 中華 중국
japan: japanese japanische japonais japonaise japones giapponese japans japansk japonski japonsky nihon nippon японськ~
japan: японск~ японі+ япони+ 日本 일본
korea: korean koreanische coreen coreano coreana koreansk koreanski корейськ~ корейск~ 韓国 韩国 한국 대한
vietnam: vietnamese вєтнамськ~ вьетнамск~ 越南 ベトナム
thailand: thai thailandische таїландськ~ тайск~ 泰国
indonesia: indonesian indonesische indonesien indonezyjski індонезійськ~ индонезийск~
canada: canadian kanadische canadien canadienne canadese canadiense kanadyjski kanadsky канадськ~ канадск~ канад+ 加拿大
australia: australian australische australien австралійськ~ австралийск~ 澳洲 オーストラリア
brazil: brazilian brasilianische bresilien bresilienne brasileiro brasileira brasileno brasileiros brasiliano
brazil: бразильськ~ бразильск~
argentina: argentine argentino argentinas аргентинськ~ аргентинск~
mexico: mexican mexikanische mexicain mexicano mexicana messicano мексиканськ~ мексиканск~
chile: chilean chilena chileno chilienne
colombia: colombian colombiano colombiana kolumbianische
peru: peruvian peruano peruana peruanische
"""

CLIPPED = """
ukraine: ukr
russia: ros rus
belarus: bel
kazakhstan: kaz
uzbekistan: uzb
savings: oschad oshchad sber spar
commercial: com kom
international: inter
investment: invest
industry: prom
construction: stroi stroy bud
agriculture: agro
rural: sel selkhoz selhoz
economy: econom ekonom
foreign economy: vneshekonom vnesheconom
foreign trade: vneshtorg vnesh
export import: exim eksim eximp
export: eksport
social: soc sots
gas: gaz
oil: neft naft
coal: ugol
energy: energo energi
transport: trans
metal: metall
chemical: khim him
machine: mash masch
electric: elektro electro
trade: torg
credit: kredit
bank: banka banken banco
state: gos derzh staats
regional: landes
people: volks
municipal: stadt kommunal
district: kreis bezirks
building: bau
cooperative: genossenschafts
insurance: strakh versicherungs
union: soyuz soiuz sojuz
leasing: lizing
finance: fin finans finanz
capital: kapital
information: inform
house: dom
euro: evro
"""
"""Parts of words such as `Ukreximbank` and `Gazprombank`, in Latin letters. They are no words by themselves."""

TOGETHER = """
commercial bank: cb кб
industry commercial: 工商
savings bank: sparkasse sparkassen sparkassa sparebank sparebanken sparbank sparbanken sparekasse sparekassen spaarbank
savings bank: saastopankki takarekpenztar kreditkasse sporitelna sporitelny sporitelni hranilnica stedionica ταμιευτηριο
building savings bank: bausparkasse bausparkassen
people bank: folkebank folkebanken
national bank: nationalbank nationalbanken landsbanki
mortgage bank: hypothekenbank hypobank realkredit jelzalogbank
investment bank: investitionsbank investbank
development bank: entwicklungsbank
central bank: zentralbank centralbank keskuspankki
cooperative bank: genossenschaftsbank osuuspankki rabobank
credit institution: kreditanstalt kreditinstitut
credit union: kreditgenossenschaft
life insurance: lebensversicherung lebensversicherungs levensverzekering levensverzekeringen livsforsikring
life insurance: livforsakring eletbiztosito 人寿 人壽 生命保険 생명보험
pension fund: pensionskasse pensionskassen pensioenfonds pensjonskasse pensionskassa pensionfund
insurance company: versicherungsgesellschaft forsikringsselskab forsikringsselskap forsakringsbolag
insurance company: forsakringsaktiebolag vakuutusyhtio
holding company: beteiligungsgesellschaft holdinggesellschaft houdstermaatschappij holdingselskab
management company: verwaltungsgesellschaft verwaltungs beheermaatschappij kapitalverwaltungsgesellschaft
management company: kapitalanlagegesellschaft
real estate: immobilien immobilier immobiliere immobiliers inmobiliaria inmobiliario imobiliaria imobiliare immobiliare
real estate: immobiliari nieruchomosci nieruchomosc nemovitosti nehnutelnosti nekretnine nepremicnine ingatlan
real estate: gayrimenkul emlak kiinteisto kiinteistot vastgoed fastigheter fastighets ejendomme ejendom eiendom
real estate: kinnisvara нерухомість нерухомості нерухом~ недвижимость недвижимости недвижим~ ακινητα ακινητων عقارية
real estate: العقارية عقارات 不動産 房地产 置业 부동산
foreign trade: aussenhandel aussenhandels
foreign economy: зовнішньоекономічн~ внешнеэкономическ~
"""
"""Words that are several in English."""

SMALL_WORDS = """
von of for and the at in on by to de du des la le les et el los las y del della dello delle dei di da do dos das e a o
as os der die den dem und fur im van voor en het og och till i w z na pro za po u v ve s se si es is sa icin az ja un
al και η ο το του της των τησ στη τα і й та в у з на для по до и во со с от при за од від
"""
"""Words that a translation does without; dropped only between others."""
