# ruff: noqa: RUF001 - letters of other scripts are what this is about
"""How often letters occur in the languages that were written in code pages before Unicode.

Rounded to classes: a language is a line of groups, each with the letters of one class, from the most frequent on.
"""

from types import MappingProxyType
from typing import Final

SHARES: Final = (0.12, 0.065, 0.037, 0.018, 0.009, 0.004, 0.0012, 0.0003)
"""The share of a language's letters that each letter of a group has, group by group."""

LATIN: Final = MappingProxyType(
    {
        "en": "e taoinshr dlu cmwfgypb vk - xjqz éè",
        "de": "e nisrat dhulcg mobwfkz vpüäß jöy xq éàè",
        "fr": "e saitnrul odc mpé vqfbgh jàxèêzy çôùâîû wkœëïæÿ",
        "es": "ea osnri ldutc mp bgvyqhfzjóíá éñ xúk üw",
        "pt": "ea osri ndmut clp vghqbfãç záéíjóx êõúôâà kwyü",
        "it": "eai onlrts cdu pmvg hfbzqàè ùòéì kxyjw î",
        "nl": "e naitro dslghvk mubpwjzc f xyé ëïóöè qüêç",
        "sv": "ea nrtsi ldomgk vfhupäåöcb yj - xzéw qüàè",
        "da": "e rntaids lokgm vfubhpøåyj æc - xwzqé äöü",
        "fi": "a intes loukäm vrjhyp dö gbfc wå šžxqzéü",
        "is": "a rniestu ldgðmkfhvo áþíyj óæébúpöý x cwzq",
        "pl": "aie onzrws cytkdpmuł jlb gęhąóżś ćfńź xvq é",
        "cs": "eao ntivsl rkdpmuá zjyíěcbh řýžčšéů fgúťx óňďwq öüä",
        "sk": "aoe ninrsvt klmdpcu áyjzbhíč ýšžéúľ fgťôňäó ďxwqĺŕ öü",
        "hu": "e atlnsk oirzgáé mydvhjbu pöóőfcüíú űx wqä -",
        "ro": "eia rntuls codpă m vfbgîâșțşţz hjx k wyqé -",
        "hr": "aieo nrsjtu dkvlmp zgčbhcšž ćđf - xywq éö",
        "tr": "ae inrlıdk mytuso bşğüzgcç hpövfj â îûwxq -",
        "lt": "i asotner uklmpvd gjšbėžyų čįūzcfą hę x wq",
        "lv": "a iseutrnā okmldp zvējbcīgšļ ņūģžčķfh - xywq ö",
        "et": "a eisltu nkdromvg pjhäõüb öf - šžcxyzwq -",
        "vi": "n hticga oumlvàêôâđư rpdksbeyơă q\u0300\u0301\u0323\u0303\u0309áíéóúìãõòù x - jwzf",
    }
)
CYRILLIC: Final = MappingProxyType(
    {
        "ru": "оеа интсрвл кмдпуя ыьгзбчй хжшюцщ эф ъё -",
        "uk": "оа ниівтерс кулдмпяз ьбгйчхж єцюшїщф - ґ ы",
        "bg": "аие отнрсв лкдпмъз уягбчц жйхщюфш - ь ыэ",
        "sr": "аоеи нрсјту кдвлмп згбчцш жљњћхђф џ - -",
        "be": "а ніеорсл вкдытўцзпмяьу гбёчэйхж юшф - щи -",
    }
)
OTHERS: Final = MappingProxyType(
    {
        "el": "αο ιετσν ηυρπκμλίς όάγέδήω ύθχφβώξ ζψ ϊϋ ΐΰ",
        "he": "יו הלארתבמ שנכדע חקפגטזםצס ןףךץ - - -",
        "ar": "ا ليمن وترعبهد ةفسقكحأ جشصىطخإئ ضذغثءزؤظ آپچگ ژ",
        "th": "า นรกอเง มยลวดท สต้่ะปคหบแจพชขัใีิ็ุูโไ ซณถธผฟภศษ์ญฐ ฉฎฏฑฒฆฌฝฬฮๆำึื ฯ",
    }
)
EASTERN: Final = MappingProxyType(
    {
        # The commonest characters of running text, most frequent ones first, then what names, tables and forms use.
        "zh-hans": (
            "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所"
            "然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与"
            "长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己"
            "制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系"
            "气题活更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便"
            "空决治展马科司五基眼书非则听白却界达光放强即难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望"
            "觉术领共确传师观清今切院让识候带导争运编号姓址备注价钱单库存仓楼层室箱柜费订款证码版项料图线车站钥灯塔桥港州"
        ),
        "zh-hant": (
            "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡用道行所"
            "然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本前開但因只從想實日軍者意無力它與"
            "長把機十民第公此已工使情明性知全三又關點正業外將兩高間由問很最重並物手應戰向頭文體政美相見被利什二等產或新己"
            "制身果加西斯月話合回特代內信表化老給世位次度門任常先海通教兒原東聲提立及比員解水名真論處走義各入幾口認條平系"
            "氣題活更別打女變四神總何電數安少報才結反受目太量再感建務做接必場件計管期市直德資命山金指克許統區保至隊形社便"
            "空決治展馬科司五基眼書非則聽白卻界達光放強即難且權思王象完設式色路記南品住告類求據程北邊死張該交規萬取拉格望"
            "覺術領共確傳師觀清今切院讓識候帶導爭運編號姓址備註價錢單庫存倉樓層室箱櫃費訂款證碼版項料圖線車站鑰燈塔橋港州"
        ),
        "ja": (
            "日一国人年大十二本中長出三時行見月後前生五間上東四今金九入学高円子外八六下来気小七山話女北午百書先名川千水半"
            "男西電校語土木聞食車何南万毎白天母火右読友左休父雨会社番号所価格数量商品注文担当部課備考住名置場度用事物方新"
            "合同目的作業者員理由性能定成体力動力実現地区市町村県都道府駅港口手足心開発表示機械器具料費税計画設備工期使保"
            "管認確可不無有全対応内容結果問題最初終始点線第回別以分次自主民政経済法安全情報通信送受付通知要員交換修正済鍵"
        ),
        "ko": (
            "이다는을가에의고하지은로기사를리한도어인나대자해서시아보그부수있었게일들과전제장정으것구주라스원여상비여와공관조"
            "마동년선등신무성만소적요거면세경소중안되오생모실물내간미국용학연방위호개회분야할발행때문없진드까우치금번월명품목"
            "량격처소열쇠창고항구책임영업단위합계표"
        ),
    }
)
