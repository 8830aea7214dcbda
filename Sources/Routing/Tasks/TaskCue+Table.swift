extension TaskCue {
    /// The cues by what they speak for and how strongly, 1 to 4; a line for each and for a group of languages.
    ///
    /// Chosen by what a word means, then weighed by the errors of the tuning half of `Tests/Fixtures/tasks`. English,
    /// German and Dutch; French, Spanish, Italian, Portuguese; Polish, Russian; Chinese, Japanese, Korean; some Swedish.
    static let table = """
        summarization 4 summar* tl+dr tldr recap synopsis condense* abridge* gist nutshell key+point* key+takeaway* main+point* takeaway* boil+it
        summarization 3 shorten* shorter short+version in+brief brief+overview main+idea* big+picture catch+me highlights briefly digest shrink compress simplify
        summarization 2 overview essence abstract in+short bullet+point* three+sentences two+sentences one+sentence one+paragraph max+words fewer plain+english plain+language quick+read sum+up
        summarization 1 brief sentences short words condensed
        summarization 4 zusammenfass* zusammengefasst fass+zusammen kurzfassung samenvat* sammanfatt* inhaltsangabe
        summarization 3 fasse fass kürzen kürze kürzer verkürz* kernaussag* kernpunkt* überblick vat+dit kort+samen in+kürze das+wichtigste worum+geht wesentliche*
        summarization 1 sätze sätzen wörter wörtern knapp kurz
        summarization 4 résum* resum* riassu* synthéti* sintetiz* sintesi síntese en+bref en+résumé condens* condensa*
        summarization 3 grandes+lignes points+clés puntos+clave punti+chiave abrév* abrev* abreviad* breve+resumen idées+principales
        summarization 1 phrases frases frasi líneas lignes righe linhas breve brève court
        summarization 4 streść streszcz* podsumuj* podsumowan* резюмир* обобщ* кратко+излож* сократи* выжимк*
        summarization 3 кратк* вкратце переска* предложени* zdaniach zdania скажи+кратко
        summarization 4 总结 概括 摘要 概述 要約 まとめ 요약 줄여 縮めて
        summarization 3 要点 简要 简述 概要 核心 요점 핵심 字以内 字以下 문장으로

        extraction 4 extract* extrac* pull+out pull+all find+all list+all list+every identify+all entities line+item* named+entit* fields+to parse pars* transcribe* dig+out read+off
        extraction 3 fields field retrieve* capture* populate list+the verbatim every+date every+amount each+date lift quote+the fill+in names+of look+up all+dates all+names
        extraction 2 give+me tell+each pull identify list names name dates amounts find get numbers mentioned entity record stated register value source column columns rows timeline
        extraction 1 date who when address amount number null items phone emails
        extraction 4 extrah* auslesen lies+aus entnimm entnehmen entitäten heraussuchen onttrek* herausschreib*
        extraction 3 feld felder nenne nenn erfasse erfassen wortlaut fundstelle* aufgelistet liste+alle alle+namen angaben
        extraction 2 gib+mir gib beträge namen daten erwähnt* genannt* aufführen zeile haal bedragen
        extraction 4 extrais extrait* extrai* extrae* extraig* extraiga* estrai estrarre estrapola relève relever relevez récupér* récupèr* recupera
        extraction 3 champs campos campi liste+les liste+des enumera énumère individua localiza localise retira retire indica+los reporta
        extraction 2 noms montants fechas nombres importes nomi importi datas valores lista liste mentionné* mencionad* quels+sont
        extraction 4 wyodrębn* wypisz wypis* wyciągn* извлек* извлечь выпиш* выписать выдели найди+все
        extraction 3 podaj wskaż перечисли* назови* достань поля укажи все+даты все+суммы
        extraction 4 提取 抽取 摘出 抽出 抜き出 추출 읽어 挑出 取り出
        extraction 3 列出 列挙 字段 項目 항목 找出 リストアップ 뽑아

        validation 4 validat* verify verif* proofread* fact+check double+check cross+check sanity+check reconcile* comply complies complian* contradict* inconsisten* discrepan* mismatch* add+up grounded conform* faithful* violat* spot+errors
        validation 3 check checks checked checker consistent consistency correctly valid invalid accurate accuracy errors mistake* meets supported adhere* rules requirement* pass+or flag issues+with wrong+with problems+with audit auditor criteria criterion evaluator
        validation 2 correct error missing policy verdict confirm matches match rule approve approval wrong complete completeness genuine verdict fails passes allowed compare compared sound required right proper
        validation 1 ok review fail pass compliant met batch against standard
        validation 4 überprüf* prüf* validier* verifizier* controleer* kontrollier* kontroller* konform* entspricht widerspr* korrekturles* gegenprüf* abgleich* rechtschreib*
        validation 3 korrekt stimmt stimmen abweichung* anforderung* voldoet fehler vollständig* plausib* verstößt verstoß* fehlerhaft
        validation 2 richtig falsch fehlt fehlen fehlende regel regeln vergleich* vergleiche zulässig klopt juist
        validation 4 vérifi* comprueb* comprob* verific* controlla* confira conferir valida valider validez* corrige* conformité
        validation 3 conforme cumple cumplen rispetta respecte erreur* errores errori erros correcta corretto cohéren* coheren* contrôle* requisit* irrégul* contradicc*
        validation 2 correcto correta est+correct falta faltan manque manquant* mancante règles regole reglas
        validation 4 sprawdź sprawdz* zweryfik* провер* сверь сверить соответств* проверка
        validation 3 poprawn* zgodn* błęd* błąd ошибк* правильн* верно корректн*
        validation 4 核对 检查 验证 校对 核实 检验 検証 チェック 검증 검사 검토 校正 확인해
        validation 3 是否正确 错误 矛盾 誤り 間違い 正しい 오류 틀린 맞춤법 確認 符合 合规 不備

        classification 4 classif* categor* sentiment triage spam multi+label which+category which+label intent intents into+categor* one+word classifier belongs+to label+each which+class what+category toxic
        classification 3 label* assign tag tags bucket polarity urgency priority topic topics which+type what+kind what+type one+of exactly+one neutral class+of falls+under fall+under options detect route router sort+the language+identif* emotion rank
        classification 2 category decide determine positive negative urgent kind type either yes+or best+describes theme themes sort group confidence enum true+or
        classification 1 choose  which label: low high confidential
        classification 4 klassifi* kategori* einstuf* zuordn* stimmung sentiment+analyse classificeer* categoriseer* indelen welche+kategorie welcher+kategorie
        classification 3 ordne einordn* einteil* neutral etikett* dringlichkeit priorität deel+in positiv weise+zu zugeordnet
        classification 2 negativ entscheid* bestimme art+von thema kategorie* urgentie dringend
        classification 4 classific* classez classer clasific* clasifi* catégor* categorí* categoriz* classifique étiquet* etiquet* tonalité
        classification 3 sentimiento sentimento à+quelle a+quale a+qué sentiment+de neutr* atribu* assegna asigna genere rubrique registre
        classification 2 positif négatif positivo negativo détermin* determin* tipo+de type+de indique urgente
        classification 4 klasyfik* zaklasyfik* skategor* przypis* sklasyfik* классиф* категор* тональн* отнеси
        classification 3 określ kategori* определи* нейтральн* отрицательн* положительн* рубрик* к+какой
        classification 4 分类 归类 分類 분류 情感 カテゴリ 카테고리 类别 感情分析 감정 意图
        classification 3 判断 判定 标签 ラベル 属于 どれに 중립 중+하나 中性 种类

        reasoning 4 step+by prove proof disprove deduce derive logic+puzzle puzzle riddle solve hypothes* trade+off* trade+offs causal* causation root+cause expected+value reasoning theorem probability chain+of paradox explain+why
        reasoning 3 why reason logic logical infer argue assumption* assume suppose conclude calculate optimal likelihood feasib* justify justif* work+out should+we should+the worth+it estimate pros+and think+through what+if how+would equation decision+tree plausible most+likely compute weigh counterfactual sensitivity critical+path derivation show+that
        reasoning 2 explain conclusion* cause causes analyze analyse analysis if better how+many strategy scenario* implication* consequence* maximum minimum optimum explanation argument* evidence decide compare how+far evaluate earliest implies
        reasoning 2 afford rather+than heavier consistent+with cooperation game prefer switch+or
        reasoning 1 because likely risk given effect cost best
        reasoning 4 schritt+für beweis* herleit* leite+her wahrscheinlichkeit rätsel begründe abwäg* wäge rechenweg redeneer* beredeneer* löse bewijs
        reasoning 3 warum begründ* leite berechn* ursache* annahme* schlussfolger* waarom lohnt hypothes* weshalb wieso spricht+dafür bereken varför argumentier*
        reasoning 2 folgt schluss analysier* bewert* erklär* wie+viel* hoeveel maximal
        reasoning 4 raisonn* démontr* demuestr* demonstre dimostra* razona* ragiona* pas+à étape+par étapes paso+a passo+a resuelv* résou* résoudre risolv* resolva probabilit* probabilid* énigme
        reasoning 3 pourquoi por+qué perché calcul* hypothès* hipótesis déduis deduc* justifi* conviene por+que passos pasos etapas
        reasoning 2 expliqu* explic* spiega* analiz* analys* combien cuánt* quanti quantos si+todos conclus*
        reasoning 4 udowodn* rozumow* krok+po докаж* доказ* рассужд* по+шагам шаг+за вероятност* решите реши логик* uzasadn*
        reasoning 3 dlaczego почему объясн* oblicz* wyjaśn* вычисл* рассчит* выгоднее зачем oblicz
        reasoning 4 推理 推論 추론 证明 証明 증명 逐步 一步步 概率 確率 확률 단계별 求解 论证 解题
        reasoning 3 为什么 なぜ 왜 计算 計算 계산 理由 考え方 推断 分析 多少 いくら 原因

        code 4 python javascript typescript golang kotlin regex regexp bash powershell dockerfile docker kubernetes terraform ansible numpy pandas pytest junit refactor* debug* stack+trace traceback unit+test* stacktrace segfault makefile vba awk grep websocket dataframe codebase pull+request rust swiftui nodejs npm webpack jsx css html sql postgres* mysql sqlite graphql openapi protobuf async+function compiler segmentation+fault github gitlab git
        code 3 code coding function functions script scripts java ruby php swift react django flask spring algorithm api endpoint exception compile* yaml query queries implement* macro bug repository cron library commit frontend backend rest+api interface module pod programming shell kernel linux
        code 2 method database schema loop array variable* bytes branch framework deploy* cli nginx excel+formula formula thread+safe complexity test+suite cache parser stored+procedure type+hints
        code 3 funktion skript abfrage quelltext programmier* datenbank* regulär* playbook functie algoritm* excel+formel formule kommandozeile
        code 3 fonction función funzione função requête fichier+python código+en code+source programme+en programa+en clase+en algoritmo algorithme scripts método+en méthode macro de+données tests
        code 3 skrypt* funkcj* kod+w функци* скрипт* код* программ* регулярн* запрос+sql алгоритм*
        code 4 函数 関数 함수 代码 コード 코드 脚本 スクリプト 스크립트 程序 プログラム 编程 算法 파이썬 正则 正規表現 报错 客户端
        code 3 エラー 数据库 データベース 데이터베이스 接口 クラス

        syntax 3 def elif printf println struct typedef fn func sizeof endif stdin stdout argv nullptr usestate useeffect foreach groupby localhost sudo chmod mkdir typeerror valueerror nullpointerexception runtimeexception undefined varchar
        syntax 2 const void int var async await return import self lambda static public private null select bool boolean str isinstance println console echo args param int32 async
        syntax 1 let class enum from where join insert float string for while if

        compose 4 draft compose ghostwrite write+me write+up put+together come+up redraft co+write
        compose 3 write prepare rewrite rephrase formulate craft polish weave assemble expand brainstorm create reword turn+this turn+my outline
        compose 2 generate produce develop make design build consolidate combine merge integrate based+on tailor adapt
        compose 4 verfass* entwirf entwerf* formulier* schreib+mir umformulier* auf+grundlage stel+op opstel* ausformulier*
        compose 3 schreib schreibe schreiben erstell* schrijf skriv* mach+aus gestalte entwickle ausarbeit* mache+daraus
        compose 4 rédig* redact* redig* escrib* écris écrire écrivez scriv* escrev* elabor* propose+un prépare+un
        compose 3 prepara prépar* prepar* crea crée créer crie reformul* desarroll* génère genera
        compose 4 napisz opracuj zredaguj напиши* состав* напишите sporządź
        compose 3 przygotuj подготов* stwórz созда* придума*
        compose 4 撰写 起草 草拟 作文 写一篇 写一封 書いて 작성 써 写信
        compose 3 作成 写 编写 만들어 拟

        synthesis 4 synthesi* synthesize consolidate weave ghostwrite
        synthesis 3 combine combining integrando coherent+view merge+what intégrer zusammenführ* unify
        synthesis 2 integrate merge into+one a+single from+these tailor tone audience casual

        artefact 4 memo memorandum essay cover+letter press+release newsletter limerick haiku poem speech tagline slogan talking+points backgrounder toast obituary eulogy white+paper blog proposal brochure op+ed linkedin+post job+ad term+sheet postmortem post+mortem
        artefact 3 letter report article story email announcement briefing presentation slides invitation pitch bio newsletter agenda template campaign description reviews reply tweet+thread personas plan+for caption guide deck response
        artefact 2 post mail section minutes statement paragraph tone style voice clause agreement draft headline ad document subject+line* name
        artefact 4 anschreiben pressemitteilung stellungnahme gedicht rede ansprache bewerbung* einladung beschluss protokollentwurf grußwort toespraak vacaturetekst klachtenbrief brief+aan
        artefact 3 bericht schreiben geschichte angebot antwort konzept text+für brief gesellschafterbeschluss zwischenbericht stellungnahm* tal
        artefact 4 lettre communiqué comunicado discours discurso discorso poème poema proposta propuesta carta informe+ejecutivo courrier offerta
        artefact 3 informe rapport relazione relatório article artículo artigo descrizione descripción annonce texto testo courriel correo compte+rendu
        artefact 4 ofertę list+motywacyjny przemówienie письмо речь статью отчёт отчет доклад ogłoszenie сопроводительн* стих*
        artefact 4 文案 报告 信函 函 演讲 邮件 お知らせ文 お知らせ スピーチ 報告書 인사말 보고서 편지 이메일 안내문 作文 稿

        question 2 what who when where how which whose can could will
        question 2 wer wann wo wie wieso kann kannst gibt wat wie waar hoe kun
        question 2 quel quelle quels qui quand où comment quién dónde cuándo cómo qué cuál chi dove quando come qual quale che onde quem
        question 2 co kto gdzie kiedy jak что кто где когда как какой какую какая какие
        question 2 什么 谁 哪 怎么 何 誰 どこ いつ どう 무엇 누구 어디 언제

        yesOrNo 2 is are do does did has have was were would may ist sind hat haben est+ce es está è czy 吗 ですか ありますか 인가요 klopt heeft

        chat 4 hi hello hey hallo bonjour salut hola ciao привет 你好 こんにちは 안녕 olá oi cześć hej moin moi thanks thx danke merci gracias grazie obrigad* спасибо 谢谢 ありがとう 감사합니다 good+morning good+evening roleplay role+play chatbot companion lol stay+in joke what's+up ahoy
        chat 3 recommend* empfehl* recommand* recomiend* recomend* consigli* conseill* посовет* 推荐 おすすめ 추천 favourite favorite friendly feel conversation conversational assistant voice+assistant chat character smalltalk concierge opinion your+take you+think helpdesk customer+care support+agent aanrad* polec* tip
        chat 2 nice love friend hobby weather wetter help cook recipe travel movie film music holiday weekend buy sleep mum restaurant plant birthday fun what+would where+can freundliche* lieblings* gern shop guest
        chat 1 i my me you your ich mir du mein dein je tu moi mon yo mi io мне мой я 我 私 나 저

        alternative 2 or oder ou oppure lub или eller 또는 或 还是 または

        constraint 1 must never exactly only at+most at+least no+more do+not don+t without unless except avoid ensure maximum
        constraint 1 muss müssen höchstens mindestens nur ohne außer kein keine nicht genau moet niet alleen zonder
        constraint 1 doit doivent uniquement sans sauf jamais debe deben solo sólo sin nunca deve devono senza sem apenas
        constraint 1 musi nie tylko bez должен должна только без не 必须 不要 不得 只 必ず のみ しないで 반드시 만

        format 2 csv json table tsv markdown spreadsheet tabelle tableau tabla tabella таблиц* 表格 bibtex semicolon* one+per as+json separated
        """
}
