"""English of the words for what companies make, trade and do. Written as `meanings_money` says."""

TRADES = """
industry: industries industrial industrie industriel industrielle industriels industria industrias industriale
industry: industriali industri przemysl przemyslowy przemyslowa prumysl prumyslova priemysel industrija ipar ipari
industry: industriala sanayi endustri teollisuus promyshlennost промислов~ промислов+ промышленн~ пром індустрі+
industry: індустріальн~ індустріал индустри+ индустриальн~ промышленность промисловість προιβιομηχανια βιομηχανια
industry: βιομηχανικη صناعي الصناعية صناعات للصناعات 工業 工业 産業 产业 산업 공업
agriculture: agricultural agrarian agricole agricoles agricola agricolas agricolo agraria agrario agrar landwirtschaft
agriculture: landwirtschaftliche landwirtschaftlich landbouw landbrug landbruk jordbruk maatalous rolny rolna rolnicza
agriculture: rolnictwo zemedelska zemedelske zemedelstvi polnohospodarska poljoprivredna poljoprivreda kmetijska
agriculture: mezogazdasagi tarim ziraat agro аграрн~ агро агропромислов~ сільськогосподарськ~ сельскохозяйственн~ селск~
agriculture: сельхоз земеделск~ αγροτικη αγροτικης زراعي الزراعي الزراعية 農業 农业 農林 농업
farm: farms farming ferme fazenda boerderij gospodarstwo фермерськ~ фермерск~ ферм+ ciftlik
export: exports exportacion exportacoes exportations esportazione eksport ihracat vienti eksportowy експорт+ експортн~
export: экспорт+ экспортн~ износ εξαγωγικη 輸出 出口 수출
import: imports importacion importacoes importazione ithalat tuonti importowy імпорт+ імпортн~ импорт+ импортн~ 輸入
import: 进口 수입
trade: trading trader traders trades handel handels handelsgesellschaft handelsonderneming handelsmaatschappij negoce
trade: comercio comercializadora comercializacao commercio commercializzazione commerce kauppa kaubandus handlu handlowe
trade: obchod obchodni obchodna trgovina trgovinska trgovacko kereskedo kereskedohaz comert ticaret торгівл+ торговл+
trade: торгов~ торгівельн~ торг търговск~ търговия εμποριο εμποριου تجارة التجارة للتجارة 貿易 贸易 商事 商社 무역 상사
economy: economic wirtschaft economie economia economique economico gospodarka gospodarki gospodarczy hospodarska
economy: ekonomi економік+ економічн~ экономик+ экономическ~ οικονομικη اقتصادي 経済 经济 경제
foreign: aussenhandel etranger exterior extranjero estero buitenlandse zagraniczny зовнішн~ внешн~ иностранн~
foreign: зовнішньоекономічн~ 外国 对外
shop: shops store stores magasin magasins tienda tiendas negozio winkel butikk butik sklep sklepy obchody prodavnica
shop: bolt magaza magazin магазин+ 商店
market: markets markt marches mercado mercados mercato mercati marknad marked markkinat rynek rynku trh trziste piac
market: piata pazar pazari pazarlama ринок ринк+ рынок рынк+ αγορα سوق 市場 市场 시장
service: services dienst dienste dienstleistung dienstleistungen dienstleistungsgesellschaft servicio servicios servico
service: servicos servizio servizi diensten tjeneste tjenester tjanster palvelu palvelut uslugi uslug sluzby sluzba
service: usluge szolgaltato szolgaltatas servicii hizmet hizmetleri послуг+ сервіс+ сервис+ услуг+ сервисн~ υπηρεσιες
service: خدمات الخدمات للخدمات 服務 服务 サービス 서비스
consulting: consultants consultant consultancy consult beratung beratungsgesellschaft conseil conseils consultoria
consulting: consultores consulenza consulenze advies adviseurs radgivning doradztwo poradenstvi savjetovanje tanacsado
consulting: tanacsadas danismanlik konsultointi консалтинг+ консультаційн~ консультационн~ 咨询 諮詢 コンサルティング
consulting: 컨설팅
technology: technologies technologie technologien tecnologia tecnologias tecnologica teknologi teknoloji teknologia
technology: technologia technologii technologiczny tehnologija tehnologii technik technika technique techniques tecnica
technology: techniek teknik technologiai технологі+ технологи+ технологія технология технічн~ техническ~ техник+
technology: τεχνολογια τεχνικη تقنية التقنية 技術 技术 科技 テクノロジー 기술
science: sciences scientific wissenschaft scientifique ciencia ciencias scienze wetenschap nauka naukowy наук+ науков~
science: научн~ научно науково 科学
research: recherche recherches forschung investigacion pesquisa ricerca ricerche onderzoek forskning badania badawczy
research: vyzkum vyzkumny istrazivanje kutato cercetare arastirma tutkimus дослідн~ исследован+ исследовательск~ έρευνα
research: 研究
engineering: ingenieur ingenieurburo ingenieurs ingenierie ingenieria engenharia ingegneria ingeniorer insinooritoimisto
engineering: inzynieria inzenyring inzenjering mernoki inginerie muhendislik інжиніринг+ инжиниринг+ інженерн~ инженерн~
engineering: μηχανικη هندسة الهندسية 工程 エンジニアリング 엔지니어링
construction: constructions bau bauunternehmen bauunternehmung bautrager construccion construcciones construcao
construction: construcoes construtora constructora costruzioni costruzione bouw bouwbedrijf bygg byggeri entreprenor
construction: rakennus rakennusliike budowa budownictwo budowlane budowlany stavebni stavby stavba stavebna gradnja
construction: gradevinska gradjevinsko epito epitoipari constructii constructie insaat ehitus buve будівництв+
construction: будівельн~ буд строительств+ строительн~ строй строителн~ строителство κατασκευη κατασκευαστικη τεχνικες
construction: إنشاءات مقاولات 建設 建筑 建築 建设 건설
building: buildings gebaude batiment edificio edificios edilizia gebouw bygning budynek budova zgrada epulet будинок
building: здани+
property: properties immobilien immobilier immobiliere immobiliers inmobiliaria inmobiliario imobiliaria imobiliare
property: immobiliare immobiliari vastgoed onroerend eiendom eiendommer ejendomme ejendom fastighet fastigheter
property: fastighets kiinteisto kiinteistot asunto nieruchomosci nieruchomosc nemovitosti nehnutelnosti nekretnine
property: nepremicnine ingatlan gayrimenkul emlak kinnisvara нерухом~ нерухомість нерухомості недвижимость недвижимости
property: недвижим~ ακινητα ακινητων عقارية العقارية عقارات 不動産 地产 房地产 置业 부동산
housing: wohnungsbau wohnungs wohnbau wohnungsgenossenschaft logement habitat vivienda viviendas habitacao abitazioni
housing: woning bolig bostader asuminen mieszkaniowa mieszkaniowy bytova stambena житлов~ жил жилищн~ 住宅
land: lands gronden ziemia земл+ земельн~ 土地
energy: energies energetic energie energien energia energias energetica energetico energetyka energetyczny energetika
energy: energija energi enerji energo energiaipari енергі+ енерго енергетичн~ энерги+ энерго энергетик+ энергетическ~
energy: енергия енергетика ενεργεια ενεργειας طاقة الطاقة 能源 エネルギー 에너지
electric: electrical electricity electricite electrique electriques electrica electrico eletrica eletrico elettrica
electric: elettrico elektrik elektrisch elektrische elektro elektrizitat elektrizitatswerk elektriciteit elektrisitet
electric: elektryczny elektryczna elektrarna elektrane elektroprivreda villamos sahko електричн~ електро електроенерг+
electric: электрическ~ электро ηλεκτρικη ηλεκτρισμου كهرباء الكهرباء 電気 電力 电力 电气 전기 전력
electronics: electronic electronique electronica elektronik elektronika elektroniikka електронн~ электронн~ електронік+
electronics: электроник+ 電子 电子 전자
power: puissance kraft kraftwerk kraftwerke 发电 発電 발전
nuclear: nucleaire kernkraft kernkraftwerk ядерн~ атомн~ атом 原子力
solar: solaire fotovoltaica photovoltaik photovoltaique сонячн~ солнечн~ 太陽
wind: windkraft windpark eolienne eoliennes eolica eolico вітров~ ветров~
oil: petroleum petrole petroleo petroli petrolio petrolier petrol olie olje olja oljy naftowy nafta naftna naftni erdol
oil: mineralol koolaj нафт+ нафтов~ нефт+ нефтян~ нефте нафто πετρελαια πετρελαιο نفط النفط بترول البترول 石油 석유
gas: gaz gazu gazowy gazownictwo plyn plynarenska plinara plin foldgaz erdgas gasversorgung kaasu dogalgaz газ+ газов~
gas: газо φυσικου غاز الغاز للغاز 天然气 燃气 ガス 가스
coal: kohle charbon charbonnages carvao kolen kull wegiel weglowy uhli uhelna ugalj szen komur вугілл+ вугільн~ угол+
coal: угольн~ 煤炭 石炭
water: wasser wasserwerk wasserwerke wasserversorgung eau eaux agua aguas acqua acque vatten woda wodociagi vodarny
water: vodovod vodovodi vodarenska vizmu vizmuvek вод+ водоканал+ водн~ υδρευσης مياه المياه 水道 水务
waste: abfall abfallwirtschaft dechets residuos rifiuti afval avfall odpady jatehuolto відход+ отход+
environment: environmental umwelt environnement ambiente ambientale medioambiente miljo srodowisko okolis cevre довкілля
environment: экологическ~ екологічн~ 環境 环保 환경
steel: stahl stahlwerk stahlwerke acier aciers aciaries acero aceros aco acciaio acciaierie acciaieria staal stal
steel: stalowy ocel ocelova celik acel terasteollisuus stahlbau сталь сталі стали сталев~ стальн~ χαλυβουργια حديد 鋼鉄
steel: 钢铁 製鉄 철강
iron: ijzer zelezo zelazo demir залізо залізн~ желез~
metal: metals metall metaux metales metais metalli metaal metallurgie metallurgia metallurgical metallurgique metalurgia
metal: metalurgica metalurgija hutnictwi hutnictwo metalurji metalowy kovo метал+ металев~ металл+ металлическ~
metal: металургійн~ металлургическ~ метиз μεταλλουργια معادن 金属 金屬 금속
aluminium: aluminum aluminio alluminio алюміні+ алюмини+ алюминиев~ aluminij 铝业
mining: mines mine miniere minera mineira miniera bergbau bergwerk gruva gruvor gornictwo gorniczy kopalnia kopalni doly
mining: dulni rudnik rudarstvo banyaszati madencilik maden kaivos гірнич~ горн~ шахт+ видобувн~ рудник+ добыч+ добывающ~
mining: μεταλλεια تعدين التعدين 鉱業 矿业 광업
machine: machines machinery maschinen maschine maschinenbau maschinenfabrik machinerie maquinas maquinaria macchine
machine: macchinari maskin maskiner maszyny maszyn stroj strojirna strojirny strojarne strojegradnja gep gepipari makina
machine: makine koneet машин+ машинобудівн~ машинобудуван+ машиностроительн~ машиностроен+ маш μηχανηματα 機械 机械 重工
machine: 기계 중공업
tool: tools werkzeug werkzeuge werkzeugbau outils outillage herramientas ferramentas utensili gereedschap narzedzia
tool: nastroje інструмент+
equipment: equipements equipos equipamentos ausrustung apparatebau обладнан+ обладнання оборудован+ оборудование 設備
equipment: 设备 장비
plant: plants factory factories fabrik fabriken fabrique fabrica fabriek fabryka fabrika gyar tehdas works werk werke
plant: werken zaklad zaklady zavod zavody tovarna tovarny завод+ фабрик+ комбінат+ комбинат+ kombinat εργοστασιο مصنع
plant: 工場 工厂 製作所 공장
production: productions producer producers produktion produccion producao produzione productie produktions produkcja
production: produkcyjny vyroba vyrobni proizvodnja termelo uretim tuotanto виробництв+ виробнич~ производств+
production: производственн~ παραγωγη إنتاج 生产 生産 制造 製造 제조
products: product produkte produkt produits producto productos produtos prodotti producten produkter tuotteet produkty
products: vyrobky proizvodi termekek urunleri продукт+ продукці+ продукци+ 製品 产品
chemical: chemicals chemie chimie chimique chimiques quimica quimicas quimicos quimico chimica chimiche kemisk kemi
chemical: kemia chemiczny chemiczne chemia chemicka kemijska hemijska vegyi vegyipari kimya хімічн~ хімі+ хим химическ~
chemical: хими+ χημικα χημικη كيماويات الكيماوية 化学 化工 化學 화학
plastic: plastics kunststoff kunststoffe plastique plastiques plasticos plastico plastica plastiche plast tworzywa
plastic: plasty пластик+ пластмас+ 塑料
rubber: gummi caoutchouc caucho borracha gomma guma kaucuk гум+ резин+ 橡胶 ゴム
glass: verre vidrio vetreria glasfabriek szklo sklo sklarny staklo скло скла стекл+ стекольн~ γυαλι 玻璃 硝子
paper: papier papierfabrik papeterie papel papeis cartiera papieren papir papper paperi papiernia papirna hartie kagit
paper: папір папер+ бумаг+ бумажн~ 紙業 造纸 製紙 제지
wood: holz madera madeira tra puu drewno drzewny drevo drvo lemn ahsap деревн~ деревообробн~ древесин+ 木业
forest: forests forestry forst forestier forestal florestal foresta forestale bosbouw skog skogs metsa lesy lesni lasy
forest: sume erdo orman ліс ліс+ лісов~ лес лесн~ лесо 林业 森林
furniture: mobel meubles meuble muebles moveis mobili arredamenti meubel meubelen huonekalu meble meblowy nabytek
furniture: namestaj butor mobila mobilya мебл+ мебл~ мебел+ мебельн~ επιπλα أثاث 家具 가구
textile: textiles textil textilien tessile tessili textiel tekstil tekstiili tekstylny tekstile текстил+ текстильн~
textile: ткан+ 紡績 纺织 섬유
clothing: bekleidung vetements roupas abbigliamento kleding klader odevni odeca giyim одяг одежд+ швейн~ 服装
shoe: shoes schuh schuhe chaussures calzado calcados calzature schoenen skor obuwie obuv obuca cipo ayakkabi взутт+
shoe: взуттєв~ обувь обувн~
food: foods lebensmittel nahrungsmittel alimentaire alimentaires alimentation alimento alimentos alimentaria
food: alimenticios alimentari alimenti voeding levensmiddelen livsmedel fodevarer elintarvike zywnosc spozywczy
food: spozywcza potraviny potravinarska hrana prehrambena elelmiszer alimentare gida харчов~ харчуван+ продовольч~
food: продовольственн~ пищев~ питани+ τροφιμα τροφιμων أغذية الغذائية 食品 食料 식품
meat: fleisch fleischerei viande viandes carne carnes carni vlees kott kjott liha mieso miesny maso masokombinat meso
meat: м'яс+ мясн~ м'ясн~ мяс+ мясокомбінат мясокомбинат κρεας 肉类
fish: fisheries fishing fisch fischerei poisson peche pesca pescado pescados pesce visserij fisk fiskeri ryby rybna
fish: balik риб+ рибн~ рыб+ рыбн~ 水産 渔业 수산
milk: dairy dairies molkerei milch lait laitiere laiterie leche lacteos lacteo laticinios latte lattiero caseificio
milk: zuivel melk mejeri meieri maito mleczarnia mleczarski mleczarska mlekarna mliekaren mlekara sut молок+ молочн~
milk: молокозавод γαλα ألبان 乳業 乳业 유업
bakery: backerei boulangerie panaderia padaria panificio bakkerij bageri leipomo piekarnia pekarna pekara firin хліб+
bakery: хлібозавод хлеб+ хлебозавод+ хлебн~ αρτοποιια
sugar: zucker zuckerfabrik sucre sucriere azucar azucarera acucar zucchero suiker socker sukker sokeri cukier cukrownia
sugar: cukrovar secera cukor seker цукор цукров~ цукр+ сахар+ сахарн~ ζαχαρη 製糖 糖业
brewery: breweries brewing brauerei brauhaus brasserie brasseries cerveceria cervecerias cervejaria birra birrificio
brewery: brouwerij bryggeri bryggerier panimo browar browary pivovar pivovary pivovara sorgyar bira пивоварн+ пивоварн~
brewery: пивзавод пивоваренн~ пивзавод+ 啤酒 麦酒
wine: wines wein weingut weinkellerei vin vins vino vinos vinhos vini vitivinicola wijn winiarnia vinarstvi vinarija
wine: sarap вин+ винн~ винзавод+ виноробн~ οινος 葡萄酒
tobacco: tabak tabac tabacs tabaco tabacos tabacco tabacchi tytoniowy duhan dohany тютюн+ тютюнов~ табак+ табачн~ καπνος
tobacco: 烟草 たばこ
pharmaceutical: pharmaceuticals pharma pharmacy pharmacie pharmaceutique pharmaceutiques farmaceutica farmaceuticas
pharmaceutical: farmaceutico farmaceutici farmacia farmacias farmacie apotheke apotheken apotheek apotek apteekki apteka
pharmaceutical: apteki lekarna lekarny ljekarna gyogyszer gyogyszertar gyogyszergyar eczane ilac farmaceutyczny
pharmaceutical: farmaceutyczna farmaceuticka farma laake farmaci фармацевтичн~ фармацевтическ~ фарм фарма аптек+ φαρμακα
pharmaceutical: φαρμακευτικη صيدلية أدوية 製薬 医薬 药业 医药 제약
medical: medicine medizin medizinische medicale medicales medica medicas medico medicos medicina medische medisch
medical: medicinsk medyczny medyczna medycyna zdravotnicka medicinska orvosi medicala tibbi laaketieteellinen медичн~
medical: медицинск~ мед ιατρικη طبية الطبية 医疗 医療 醫療 의료
health: gesundheit gesundheits sante salud saude salute sanita sanitaria sanitario gezondheid gezondheidszorg helse
health: halso terveys zdrowie zdrowia zdravi zdravotni zdravlje egeszseg sanatate saglik здоров'я здоровя здоров+
health: здравоохранен+ υγεια صحة الصحية 健康
hospital: hospitals krankenhaus klinikum kliniken hopital hopitaux hospitalier hospitales ospedale ospedaliera
hospital: ziekenhuis sykehus sygehus sjukhus sairaala szpital nemocnice nemocnica bolnica korhaz spital spitalul hastane
hospital: hastanesi лікарн+ больниц+ болница госпітал+ госпитал+ νοσοκομειο مستشفى 医院 病院 병원
clinic: clinics clinique cliniques clinica clinicas kliniek klinika kliniki poliklinika ambulanz клінік+ клиник+ κλινικη
clinic: عيادة
university: universities universitat universite universites universidad universidade universita universiteit universitet
university: universitetet yliopisto uniwersytet univerzita univerzitet sveuciliste egyetem universitatea universitesi
university: університет+ университет+ πανεπιστημιο جامعة 大学 大學 대학교
school: schools schule schulen ecole ecoles escuela escuelas escola escolas scuola scuole skole skola koulu szkola skoly
school: scoala okul школ+ училищ+ σχολη مدرسة 学校
education: bildung enseignement educacion educacao istruzione onderwijs utbildning koulutus edukacja oswiata vzdelavani
education: obrazovanje oktatas educatie egitim освіт+ освітн~ образован+ образовательн~ εκπαιδευση تعليم 教育 교육
book: books buch bucher buchhandlung librairie livres libros libreria livraria boek boeken kirja ksiegarnia knihy
book: knihkupectvi kitap книг+
press: presse prensa imprensa sajto прес+ пресс+ 出版 新聞 언론
publishing: publisher publishers publications verlag verlags editions editeur editorial editora editrice uitgeverij
publishing: forlag forlaget kustannus wydawnictwo nakladatelstvi vydavatelstvo naklada izdavacka kiado editura
publishing: yayincilik yayinlari видавництв+ издательств+ εκδοσεις
media: medien medias medios midia медіа медиа 媒体 传媒 미디어
film: films filmproduktion cinema cine kino фільм+ кіно кинo кинокомпания 映画 影业
design: designs gestaltung diseno desenho progettazione ontwerp projekt дизайн+ проектн~ проект+
telecommunications: telecommunication telecoms telecom telekom telekommunikation telecomunicaciones telecomunicacoes
telecommunications: telecomunicazioni telecommunicatie telekomunikacja telekomunikace telekomunikacije telekomunikasyon
telecommunications: telekomunikacji tavkozlesi телекомунікаці+ телекоммуникаци+ телеком звязок звязку связь связи
telecommunications: τηλεπικοινωνιες اتصالات الاتصالات 通信 电信 통신
communication: communications kommunikation comunicacion comunicaciones comunicacao comunicazione comunicazioni
communication: komunikacja komunikace komunikacije iletisim комунікаці+ коммуникаци+
information: informatik informatique informatica informacion informacao informazione informatie informatyka
information: informatyczny bilgi bilisim інформаці+ інформаційн~ информаци+ информационн~ πληροφορικη معلومات المعلومات
information: 情報 信息 정보
computer: computers ordenadores ordinateurs komputer komputery pocitace racunalnistvo bilgisayar комп'ютер+ компьютер+
computer: 計算機 计算机 컴퓨터
software: logiciel logiciels programmierung oprogramowanie yazilim програмн~ программн~ 软件 ソフトウェア 소프트웨어
data: daten donnees datos dados gegevens даних данные 数据 データ 데이터
system: systems systeme systemes sistema sistemas sistemi systemen systemer sistemleri systemy система системи системы
system: 系统 システム 시스템
network: networks netz netze netzwerk reseau reseaux redes rete netwerk siec siti mreza halozat мереж+ сеть сети 网络
network: ネットワーク
digital: digitale digitales numerique digitaal dijital cyfrowy digitalni цифров~ 数码 デジタル 디지털
transport: transports transportation transporte transportes trasporti trasporto transporter vervoer kuljetus przewozy
transport: doprava dopravni prijevoz prevoz szallitas szallitasi fuvarozo transporturi tasimacilik nakliyat spedition
transport: spediteur транспорт+ транспортн~ транс перевезен+ перевезення перевозк+ превоз μεταφορες μεταφορικη نقل النقل
transport: للنقل 運輸 运输 運送 輸送 운송 수송
logistics: logistic logistik logistique logistica logistiek logistyka logistika lojistik логістик+ логистик+ логістичн~
logistics: логистическ~ 物流 물류
forwarding: transitaire spedycja speditionsgesellschaft експедиці+ экспедици+ экспедиторск~
railway: railways rail railroad bahn bahnen eisenbahn eisenbahnen ferroviaire ferrocarril ferrocarriles ferrovia
railway: ferrovias ferrovie ferroviaria spoorwegen jernbane jarnvag rautatie kolej koleje kolejowy zeleznice zeleznicni
railway: zeljeznice zeleznica vasut demiryolu demiryollari залізниц+ залізничн~ железн~ железнодорожн~ σιδηροδρομοι 鉄道
railway: 铁路 鐵路 철도
road: roads strasse strassenbau route routes carretera carreteras strade autostrade wegen wegenbouw vei veg vag drogi
road: drogowy silnice ceste putevi utepito drumuri yol karayolu дорог+ дорожн~ автодор 道路 公路 도로
shipping: schiffahrt schifffahrt schiffahrts reederei reedereien navigation navigazione navegacion navegacao navieras
shipping: naviera scheepvaart rederi rederiet varustamo zegluga plavba brodarstvo plovidba hajozasi navigatie denizcilik
shipping: судноплавств+ судоходств+ пароплавств+ пароходств+ ναυτιλια ναυτιλιακη ναυτιλιακης شحن الشحن 海運 航运 航運
shipping: 해운
ship: ships schiff schiffe navire navires buque navio schip schepen skib skip fartyg laiva statek statki brod судн+
ship: судов~ πλοιο 船舶 造船 조선
port: ports hafen puerto porto puertos portos haven havn hamn satama portowy pristav kikoto порт+ портов~ λιμενος λιμην
port: ميناء 港口 港湾 항만
airport: airports flughafen aeroport aeroports aeropuerto aeropuertos aeroporto aeroporti luchthaven lufthavn flygplats
airport: lentoasema lotnisko letiste letisko aerodrom repuloter havalimani аеропорт+ аэропорт+ αερολιμενας مطار 空港
airport: 机场 공항
airline: airlines luftfahrt lufthansa aerienne aeriennes aereas aerea aerolineas aeree luchtvaart flyselskap flygbolag
airline: lentoyhtio lotnicze aerolinii aerolinie havayolu havayollari авіакомпані+ авиакомпани+ авіалінії авиалинии авіа
airline: авиа авиационн~ авіаційн~ αεροπορια طيران الطيران 航空 항공
car: cars auto autos autohaus automobil automobile automobiles automoviles automovil automoveis automobili autovetture
car: biler bilar autot samochod samochody samochodowy motoryzacja automobilka vozila automobila gepjarmu otomotiv
car: otomobil автомобіл+ автомобільн~ автомобил+ автомобильн~ авто автоваз αυτοκινητα سيارات السيارات 汽车 自動車 자동차
tourism: tourist tourisme turismo turistica tourismus toerisme turism turystyka turystyczny turistika turizam turizmus
tourism: turizm matkailu туризм+ туристичн~ туристическ~ турист+ τουρισμος τουριστικη سياحة السياحة 旅游 観光 관광
travel: travels reise reisen reiseburo voyages viajes viagens viaggi reizen reisebyra resor resebyra matkat podroze
travel: cestovni putovanja utazas utazasi calatorii seyahat подорож+ путешеств+ 旅行 여행
hotel: hotels hoteles hoteis hotelera alberghi albergo hotelaria hotelli hotele hotely hoteli szalloda otel otelcilik
hotel: готел+ отел+ гостиниц+ готельн~ гостиничн~ ξενοδοχειο ξενοδοχεια ξενοδοχειακη فنادق 酒店 ホテル 호텔
restaurant: restaurants gaststatte gastronomie restauration restaurante restaurantes ristorante ristorazione ravintola
restaurant: restauracja restaurace restoran vendeglo ресторан+ εστιατοριο مطعم مطاعم 餐饮
sport: sports deporte deportes deportivo esporte esportes sportiva sportivo idrett idrottsforening urheilu sportowy
sport: sportovni sportski спорт+ спортивн~ 体育 スポーツ
club: clubs klub klubb kerho kulup kulubu клуб+ 俱乐部 クラブ
music: musik musique musica muziek muzyka hudba glazba zene muzik музик+ музыкальн~ 音楽 音乐
art: arts kunst arte artes kunsten sztuka umeni umjetnost sanat мистецтв+ искусств+ 芸術 艺术
cement: cements zement ciment ciments cemento cementos cimento cimentos cementi sementti cementownia cementarna
cement: cementara цемент+ цементн~ τσιμεντα τσιμεντο أسمنت الأسمنت 水泥 セメント 시멘트
stone: камінь камен+ камян~
fertiliser: fertilizer fertilizers fertilisers dungemittel engrais fertilizantes fertilizzanti nawozy hnojiva gubre
fertiliser: добрив+ удобрен+
grain: grains getreide cereales cereale graan zboze obili zito gabona зерн+ зернов~ хлібопродукт+ хлебопродукт+ 粮食
seed: seeds saatgut semences semillas sementes sementi zaden nasiona osivo sjeme vetomag tohum насінн+ семен+ 种业
defence: defense verteidigung defensa defesa difesa defensie obrona obrany savunma оборон+ оборонн~ 防衛
space: weltraum raumfahrt espace espacio espaco spazio kosmiczny космос космічн~ космическ~ 宇宙 航天
guard: guards sicherheitsdienst gardiennage vigilancia bewaking ochrona охорон+ охоронн~ охран+ охранн~
cleaning: reinigung gebaudereinigung nettoyage limpieza limpeza pulizie schoonmaak rengoring siivous sprzatanie uklid
cleaning: ciscenje takaritas temizlik
packaging: verpackung verpackungen emballage emballages embalajes embalagens imballaggi verpakking opakowania obaly
packaging: ambalaza csomagolo ambalaj упаковк+
printing: druck druckerei imprimerie imprenta grafica tipografia drukkerij trykkeri tryckeri paino drukarnia tiskarna
printing: tiskara nyomda matbaa 印刷 друкарн+ типограф+
advertising: werbung werbeagentur publicite publicidad publicidade pubblicita reklam reklama рекламн~ реклам+ 广告 広告
advertising: 광고
supply: supplies versorgung versorgungs approvisionnement suministro suministros fornitura forniture levering
supply: zaopatrzenie постачан+ снабжен+ снабженческ~
wholesale: grosshandel mayorista atacado ingrosso groothandel engros hurtownia velkoobchod veleprodaja nagykereskedelmi
wholesale: toptan гуртов~ оптов~ опт
"""
