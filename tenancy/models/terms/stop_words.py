"""Function words by language: they tell in which language a text is, and say nothing of what it is about.

None is also a month, a country or a testament once its capital is gone; forms that a language has without accents,
as people type them, stand beside the right ones where they are no other word.
"""

from typing import Final

_LISTS: Final = {
    "english": """
        a about above after again against all also am an and any are as at be because been before being below
        between both but by can could did do does doing down during each few for from further had has have
        having he her here hers herself him himself his how i if in into is it its itself just me might more
        most must my myself no nor not of off on once only or other our ours ourselves out over own same shall
        she should so some such than that the their theirs them themselves then there these they this those
        through to too under until up upon very was we were what when where which while who whom whose why with
        would you your yours yourself yourselves s t d ll m re ve doesn didn isn aren wasn weren wouldn couldn
        shouldn hasn haven hadn
    """,
    "german": """
        aber alle allem allen aller alles als also am an ander andere anderen auch auf aus bei beim bin bis bist
        da dadurch daher damit dann das dass dein deine dem den denn der deren des dessen die dies diese diesem
        diesen dieser dieses doch dort du durch ein eine einem einen einer eines er es etwa euer für gibt hab
        habe haben hat hatte hatten hier hinter ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im in ins ist ja
        jede jedem jeden jeder jedes kann kein keine keinem keinen keiner können konnte man mein meine mich mir
        mit muss müssen nach nicht noch nur ob oder ohne sehr sein seine seinem seinen seiner seit sich sie sind
        so soll sollen sollte sondern über um und uns unser unsere unter viel viele vielen vom von vor wann war
        warum waren was weil welche welchem welchen welcher welches wem wen wenn wer werden weshalb wessen wie
        wieder wieviel wird wir wird wo wohin woher worden wurde wurden würde zu zum zur zwischen fuer ueber
        muessen koennen
    """,
    "dutch": """
        aan al alle als bij daar dan dat de deze die dit doch doen door dus een en er geen haar had heb hebben
        heeft hem het hier hij hoe hoeveel hun ik in is ja je kan kon kunnen maar me meer men met mij mijn moet
        moeten na naar niet nog nu of om omdat onder ons onze ook op over te tegen toch toen tot u uit uw van
        veel voor waar waarom wanneer want waren was wat we welk welke werd werden wie wij word worden wordt zal
        ze zich zij zijn zo zonder zou zullen
    """,
    "swedish": """
        alla allt än är att av bara blev bli blir blivit de dem den denna deras dess det detta dig din dina dit
        ditt du där då efter ej eller en er era ett från för få får ha hade han hans har henne hennes hon honom
        hur här i icke in ingen inom inte jag ju kan kunde man med mellan men mig min mina mitt mot mycket många
        måste ni nu när någon något några och om oss på samma sedan sig sin sina sitt ska skall skulle som så
        till under upp ut utan vad var varför varit varje vars vart vem vems vi vid vilka vilken vilket vår våra
        vårt åt över hos bör
    """,
    "norwegian": """
        alle at av bare begge ble bli blir både da de deg dem den denne der deres det dette din disse ditt du
        eller en enn er et etter for fordi fra før få får ha hadde han hans har hennes her hun hva hvem hver
        hvilke hvilken hvilket hvis hvor hvordan hvorfor i ikke ingen inn jeg kan kunne man med meg mellom men
        mer mot må mye ned noe noen nå når og også om opp oss over på mange seg selv sin sine sitt skal skulle
        slik som så til under ut uten vi var ved vil ville være vært vår våre ønsker ei eit ein kva kven korleis
        ikkje
    """,
    "danish": """
        af alle at blev blive bliver da de dem den denne der deres det dette dig din disse dog du efter eller en
        end er et for fordi fra før få får ham han hans har havde hende hendes her hos hun hvad hvem hver hvilke
        hvilken hvilket hvis hvor hvordan hvorfor hvornår i ikke ind ingen jeg jer kan kunne man med meget
        mellem men mig mere mod må ned noget nogen nogle nu når og også om op os over på mange selv sig sin sine
        sit skal skulle som så til ud uden under var ved vi vil ville være været vor
    """,
    "finnish": """
        ei eivät ehkä eli en ennen ennen että he heidän hän hänen ilman ja jo joita joka joiden johon jonka jos
        jossa josta jota jotka kanssa kaikki keitä kenen ketkä koska kuin kuinka kuka kun kuten me mikä mikäli
        miksi millä milloin mille millainen minkä minä missä mistä mitä miten monta mukaan mutta myös ne niiden
        niin niitä noin nyt näiden nämä ole oleva olevan oli olivat olla on ovat pitää paljonko saa se sekä sen
        siellä sillä sinä siinä sitten sitä tai te tämä tämän tässä tätä vaan vai vaikka voi voidaan voiko
        voivat yli hyvin
    """,
    "spanish": """
        a al algo algunas algunos ante antes aquel aquella así aun aunque cada como cómo con contra cual cuál
        cuales cuáles cuando cuándo cuanta cuánta cuánto cuantos cuántos cuántas de debe deben del desde donde
        dónde durante e el él ella ellas ellos en entre era eran es esa ese eso esos esta está están estas este
        esto estos fue fueron ha había han has hasta hay la las le les lo los más me mi mis mucho muchos muy
        nada ni no nos nosotros o os otra otras otro otros para pero poco por porque puede pueden que qué quien
        quién quienes se sea según ser si sí sin sobre son su sus también tan tanto tiene tienen todo todos tu
        tus un una uno unos y ya yo
    """,
    "portuguese": """
        a à ao aos aquela aquele as às até cada com como contra da das de dela dele depois desde deve devem do
        dos e é ela elas ele eles em entre era eram essa esse esta está estão este eu foi for foram há isso isto
        já lhe mais mas me mesmo meu minha muito muitos na não nas nem no nos nós o onde os ou para pela pelas
        pelo pelos pode podem por porque por qual quais quando quanta quanto quantos quantas que quê quem são se
        seja sem ser seu seus só sob sobre sua suas também tem têm teve todo todos tu um uma umas uns você vocês
        nao sao tambem
    """,
    "italian": """
        a ad agli ai al alla alle allo anche c che chi ci ciò come con cosa così cui da dagli dai dal dalla
        dalle dallo dei degli del dell della delle dello deve devono di dopo dove è e ed era erano essere fra fu
        gli ha hanno ho i il in io la le lei li lo loro lui l ma me mentre mi mia mio molto nei nel nell nella
        nelle nello negli no noi non nostro o ogni per perché più però prima può possono qual quale quali quando
        quanta quante quanti quanto quella quelle quelli quello questa queste questi questo se sei senza si sia
        sono sta stata stato su sua sugli sul sull sulla sulle suo suoi tra tutti tutto un una uno vi viene voi
        perche piu puo dall all d
    """,
    "french": """
        a à ai au aucun aussi autre autres aux avait avant avec avoir c ça car ce ceci cela celle celui ces cet
        cette ceux chaque chez comme comment combien d dans de depuis des donc dont du elle elles en entre est
        et étaient était être eu eux fait faut font il ils j je l la là le les leur leurs lors lui m ma mais me
        même mes moi mon n ne ni nos notre nous on ont ou où par pas pendant peut peuvent plus pour pourquoi pu
        qu quand que quel quelle quelles quels qui quoi s sa sans se sera ses si soit son sont sous sur t ta te
        tes toi ton tous tout toute toutes tu un une vers vos votre vous y doit doivent etre lorsque puis
    """,
    "romanian": """
        a acea aceasta această aceea acest aceste acestei acestor acestui acolo ai al ale alt alte am ar are aş
        și au avea că ca care cărei căror cât câte câți când ce cel cele cei celor chiar cine cu cui cum dacă
        dar de deci despre din dintre după ea ei el ele era este eu există face fără fi fie fiecare fost iar îl
        îi în încât între la le li lui mult ne nici nu o ori orice pe pentru până prin sa să sau se și ori sunt
        spre sub un una unde unei unor unui va vor cat cand pana
    """,
    "polish": """
        a aby albo ale ani az bardzo bez będzie będą bo był była było były być by co czy czym dla do gdy gdzie
        go i ich ile im inne inny ja jak jaka jaki jakie jakiego jakiej jako je jego jej jest jeszcze jeśli już
        każdy kiedy kogo komu kto która które którego której który których którzy lecz lub ma mają mi może można
        mu musi na nad nam nas nie niej nich niż o od on ona oni oraz po pod podczas ponieważ poza przed przez
        przy są się skąd ta tak także tam te tego tej ten też to tu tych tylko tym u w we więc wszystkie
        wszystko z za ze że został została dlaczego
    """,
    "czech": """
        a aby aj ale ani ano až bez bude budou by byl byla bylo byly být co což či do ho i já jak jaká jaké jaký
        jako je jeho jej její jejich jen jenž ještě ji již jsem jsou jsme k kam každý kde kdo kdy když ke kolik
        která které který kteří ku má mají mezi mi může musí na nad nebo není než nic o od ona oni pak po pod
        podle pokud pouze prá pro proč proto protože před při s se si ta tak také tam tato te tedy ten tento to
        tohoto tom toto tu ty u už v ve více však všech všechny vy z za zda ze že
    """,
    "hungarian": """
        a az ahogy ahol aki akik amely amelyek ami amikor arra be csak de e egy egyes egyik el én és ez ezek ezt
        fel ha hány hanem hogy hogyan hol honnan is itt jól kell ki kik kinek legyen lehet lesz lett már meg
        mely melyik mennyi mert mi miért mikor milyen mint minden mit nagyon ne nem nincs ő ők össze pedig sem
        semmi szerint után vagy van vannak volt voltak
    """,
    "turkish": """
        acaba ama ancak aslında az bana bazı belki ben beni bir birçok biri biz bu bunu bunun burada çok çünkü
        da daha de defa değil diye dolayı en gibi göre hangi hem hep hepsi her hiç için ile ise işte kaç kadar
        kez ki kim kime kimi kimin mı mi mu mü nasıl ne neden nerede nereden nereye niçin niye o olan olarak
        oldu olduğu olur ona onlar onu onun sana sen siz sonra şey şu tüm üzere var ve veya ya yani yok zaman
        mıdır midir nedir kimdir
    """,
    "indonesian": """
        ada adalah agar akan antara apa apakah atau bagaimana bagi bahwa banyak berapa bisa boleh dalam dan
        dapat dari dengan di dia harus hingga ia ini itu jika juga kami kamu kapan karena ke kepada kita lebih
        maka mana mengapa mereka namun oleh pada para saat saja sampai sangat saya sebagai sebuah secara sedang
        seperti serta setiap siapa sudah supaya telah tentang terhadap tersebut tetapi tidak untuk yang
    """,
    "vietnamese": """
        ai bao bị bởi các cái cho chỉ có của cũng do đã đang đây để đến đó được gì hay hoặc không khi là lại lên
        mà mỗi một này nào nên nếu như những nhưng ở phải qua ra rằng rất sau sẽ số tại theo thì thế trên trong
        trước từ tới và vào về vì với vẫn
    """,
    "russian": """
        а без более бы был была были было быть в вам вас весь во вот все всего всех вы где да даже для до его ее
        ей если есть еще же за здесь и из или им их к каждый как какая какие каким какими каких какого какое
        какой каком какому какую кем ко когда кого кому которая которого которое которой котором которую которые
        который которых кто куда ли лишь между меня мне может можно мой мы на над надо нам нас не него нее ней
        нельзя нет ни них но ну о об один он она они оно от откуда по под после потому почему при про с сам свое
        своей свои своих себя со сколько так также такой там тем то того той только том тот тоже у уже чего чей
        чем через что чтобы чье чья эта эти этих это этого этой этом этот эту я
    """,
    "ukrainian": """
        а або але без би був була були було бути в вам вас ви від він вона вони воно все всі де для до його її
        їх є з за зі і із й коли кого кому куди ли між мене може на над нам нас не немає ні ним них про по під
        після при скільки та так також такий там те ти то того тому у хто це цей ця ці цього чи чого чому що щоб
        як яка яке який які якого якої якій яку яких якщо
    """,
    "serbian": """
        а ако али би био била били било бити да до због и из или им има иако је још када како као ко кога која
        које који којој коју кроз ли међу може на над не него није но о од он она они оно па по под после пре
        при са само се си су свој та тај така те то тога у уз што шта што ће ту због сам смо колико где зашто
    """,
    "greek": """
        αλλά αν από απο αυτά αυτές αυτή αυτό αυτός αυτού για δεν είναι ειναι είχε ενός ένα ένας έχει έχουν ή η
        ήταν θα και κάθε κατά με μέχρι μετά μη μην μια μία μου να ο οι όπως όταν ότι όχι πιο ποια ποιά ποιες
        ποιο ποιοι ποιος ποιους πόσα πόσες πόσο πόσοι πότε που πού πρέπει προς πώς πως σε σου στα στη στην στις
        στο στον στους τα της τη την τι τις το τον του τους των υπό χωρίς ώστε γιατί
    """,
    "arabic": """
        إذا إلا إلى أم أما أن إن أنا أنت أنه إنه أو أي أين ب بعد بعض بل بين تحت تلك ثم حتى حول حيث خلال دون ذلك
        سوف على عليه عليها عن عند عندما غير ف فإن فقد فوق في فيه فيها قبل قد ك كان كانت كل كم كما كيف ل لا لأن
        لدى لقد لكن لم لماذا لن له لها لهم ليس ليست ما ماذا متى مثل مع مما من منذ منه منها مَن نحو هذا هذه هل هم
        هنا هناك هو هي و وقد وكان ولا ولم وما ومن وهو وهي يكون التي الذي الذين اللذين اي او ان الى اذا
    """,
    "persian": """
        آن آنها آیا اما است این اینکه از اگر با باید بر برای بود بودند به بی پس تا تر چرا چگونه چند چه چقدر خود
        در را دارد دارند کجا کدام که کرد کرده کند کنند کی کیست شد شده شود شوند می نمی نه نیز نیست ها های هر هم
        همه همین هستند و ولی وی یا یک چیست
    """,
    "hebrew": """
        או אותו אותה אז אחרי איזה איזו אילו אין אינו איך איפה אך אל אלה אלו אם אני אנחנו אף אשר את אתה באיזה בין
        בלי גם הוא היא היה היו היתה הם הן זאת זה זו יש כאשר כדי כי כך כל כמה לא לאן לו לה להם לפי לפני מאיפה מה
        מהו מהי מי מתי מן על עד עוד עם של שלו שלה שלהם תחת
    """,
    "hindi": """
        अगर अपना अपनी अपने इन इस इसका इसकी इसके इसमें उन उनका उनकी उनके उस उसका उसकी उसके उसे एक और कब कहाँ कहां
        का कि कितना कितनी कितने किस किसका किसकी किसके किसने किसी की कुछ के को कोई कौन कौनसा क्या क्यों गई गए गया
        जब जहाँ जा जाता जाती जाते जिस जिसका जिसके जिसमें जैसे जो तक तब तो था थी थे द्वारा न नहीं ने पर भी में
        यदि यह या ये रहा रहे रही लिए वह वाला वाली वाले वे सकता सकते सकती साथ से हर ही हुआ हुई हुए है हैं हो होता
        होती होते
    """,
}

STOP_WORDS_OF: Final = {language: frozenset(words.casefold().split()) for language, words in _LISTS.items()}
