//! Words that made-up values are put together from: frequent names by script and language, plants and things for streets.

/// Given names, Latin script.
#[rustfmt::skip]
pub(super) const GIVEN: &[&str] = &[
    "Aaron", "Abigail", "Adam", "Adele", "Adrian", "Agnes", "Alan", "Albert", "Alice", "Alma", "Amanda", "Amy", "Andrea", "Andrew",
    "Angela", "Anita", "Anna", "Anthony", "April", "Arthur", "Audrey", "Barbara", "Beatrice", "Benjamin", "Bernard", "Beth",
    "Blanche", "Brandon", "Brenda", "Brian", "Bridget", "Bruce", "Carl", "Carmen", "Carol", "Caroline", "Catherine", "Cecilia",
    "Charles", "Charlotte", "Christina", "Claire", "Clara", "Clarence", "Claudia", "Clifford", "Connor", "Craig", "Cynthia", "Daniel",
    "Daphne", "David", "Dean", "Deborah", "Dennis", "Diana", "Dominic", "Donald", "Doris", "Dorothy", "Douglas", "Duncan", "Edgar",
    "Edith", "Edmund", "Edward", "Eileen", "Elaine", "Eleanor", "Elizabeth", "Ella", "Ellen", "Emily", "Emma", "Eric", "Erica",
    "Ernest", "Esther", "Ethan", "Eugene", "Eva", "Evelyn", "Felix", "Fiona", "Florence", "Frances", "Frank", "Frederick", "Gabriel",
    "Gareth", "Gemma", "George", "Gerald", "Gilbert", "Gloria", "Gordon", "Grace", "Graham", "Gregory", "Hannah", "Harold", "Harriet",
    "Harry", "Hazel", "Heather", "Helen", "Henry", "Herbert", "Hilda", "Holly", "Howard", "Hugh", "Ian", "Ida", "Irene", "Iris",
    "Isaac", "Isabel", "Ivan", "Jack", "Jacob", "James", "Jane", "Janet", "Jason", "Jean", "Jennifer", "Jeremy", "Jessica", "Joan",
    "Joel", "Jonathan", "Joseph", "Joyce", "Judith", "Julia", "Julian", "Karen", "Keith", "Kenneth", "Kevin", "Kimberly", "Laura",
    "Lawrence", "Leonard", "Lillian", "Linda", "Louis", "Louise", "Lucas", "Lucy", "Lydia", "Marcus", "Margaret", "Marian", "Marion",
    "Martha", "Martin", "Matthew", "Maurice", "Maxwell", "Megan", "Melissa", "Michael", "Miriam", "Monica", "Naomi", "Natalie",
    "Nathan", "Neil", "Nicholas", "Nora", "Norman", "Oliver", "Olivia", "Oscar", "Pamela", "Patricia", "Patrick", "Paul", "Pauline",
    "Peter", "Philip", "Phoebe", "Rachel", "Ralph", "Raymond", "Rebecca", "Richard", "Robert", "Roger", "Rosemary", "Roy", "Russell",
    "Ruth", "Samuel", "Sarah", "Sharon", "Sheila", "Simon", "Sophia", "Stanley", "Stella", "Stephen", "Stuart", "Susan", "Sylvia",
    "Teresa", "Theodore", "Thomas", "Timothy", "Ursula", "Valerie", "Vera", "Victor", "Victoria", "Vincent", "Violet", "Walter",
    "Wendy", "William", "Winifred", "Yvonne", "Zachary", "Zoe",
];

/// Family names, Latin script.
#[rustfmt::skip]
pub(super) const FAMILY: &[&str] = &[
    "Abbott", "Adams", "Alden", "Allen", "Anderson", "Archer", "Armstrong", "Ashton", "Atkins", "Austin", "Bailey", "Baker",
    "Baldwin", "Ball", "Barker", "Barnes", "Barrett", "Barton", "Bates", "Baxter", "Beck", "Bell", "Bennett", "Benson", "Berry",
    "Bishop", "Black", "Blair", "Blake", "Bond", "Bowen", "Bradley", "Brady", "Brewer", "Briggs", "Brooks", "Brown", "Bryant",
    "Burgess", "Burke", "Burns", "Burton", "Butler", "Byrne", "Cameron", "Campbell", "Carlson", "Carpenter", "Carr", "Carroll",
    "Carter", "Chambers", "Chandler", "Chapman", "Clark", "Clayton", "Cole", "Coleman", "Collins", "Connolly", "Cook", "Cooper",
    "Cox", "Crawford", "Cross", "Cunningham", "Curtis", "Dalton", "Davidson", "Davies", "Dawson", "Day", "Dixon", "Doyle", "Drake",
    "Duffy", "Dunn", "Eaton", "Edwards", "Elliott", "Ellis", "Evans", "Farrell", "Ferguson", "Fisher", "Fleming", "Fletcher",
    "Flynn", "Foster", "Fowler", "Fox", "Francis", "Franklin", "Fraser", "Freeman", "Fuller", "Gardner", "Garner", "Gibbs", "Gibson",
    "Gilmore", "Glover", "Goodwin", "Graves", "Gray", "Green", "Greene", "Griffin", "Griffith", "Hale", "Hall", "Hamilton",
    "Hammond", "Harding", "Hardy", "Harper", "Harris", "Harrison", "Hart", "Harvey", "Hawkins", "Hayes", "Haynes", "Henderson",
    "Hicks", "Higgins", "Hill", "Hodges", "Hoffman", "Holland", "Holmes", "Hopkins", "Horton", "Hudson", "Hughes", "Hunt", "Hunter",
    "Ingram", "Jackson", "Jenkins", "Jennings", "Jensen", "Johnson", "Johnston", "Keller", "Kelly", "Kennedy", "Knight", "Lambert",
    "Lane", "Larson", "Lawson", "Leonard", "Lewis", "Lloyd", "Logan", "Long", "Lowe", "Lucas", "Lynch", "Lyons", "Mann", "Marsh",
    "Marshall", "Mason", "Maxwell", "McCarthy", "McDonald", "Miles", "Miller", "Mills", "Mitchell", "Moore", "Morgan", "Morris",
    "Morrison", "Murphy", "Murray", "Myers", "Nash", "Nelson", "Newman", "Newton", "Nichols", "Norris", "Norton", "Olson", "Osborne",
    "Owens", "Page", "Palmer", "Parker", "Parsons", "Patterson", "Payne", "Pearson", "Perkins", "Perry", "Phillips", "Porter",
    "Potter", "Powell", "Powers", "Price", "Quinn", "Ramsey", "Reed", "Reeves", "Reynolds", "Rhodes", "Richards", "Riley",
    "Roberts", "Robinson", "Rogers", "Rowe", "Russell", "Ryan", "Sanders", "Saunders", "Schultz", "Sharp", "Shaw", "Shelton",
    "Simmons", "Simpson", "Sinclair", "Smith", "Spencer", "Stephens", "Stevens", "Stewart", "Stone", "Sullivan", "Sutton", "Taylor",
    "Terry", "Thompson", "Thornton", "Tucker", "Turner", "Tyler", "Vaughn", "Wade", "Wagner", "Walker", "Wallace", "Walsh", "Walters",
    "Warner", "Warren", "Watkins", "Watson", "Watts", "Weaver", "Webb", "Webster", "Wells", "West", "Wheeler", "White", "Williams",
    "Willis", "Wilson", "Wood", "Woods", "Wright", "Yates", "Young",
];

/// Words for streets, towns, hosts and firms.
#[rustfmt::skip]
pub(super) const WORDS: &[&str] = &[
    "Acorn", "Alder", "Amber", "Anchor", "Arbor", "Ash", "Aspen", "Barley", "Bay", "Beacon", "Beech", "Birch", "Bramble", "Briar",
    "Brook", "Canyon", "Cedar", "Chestnut", "Clover", "Copper", "Coral", "Cove", "Crane", "Crescent", "Cypress", "Dale", "Dogwood",
    "Dove", "Elder", "Elm", "Falcon", "Fern", "Field", "Finch", "Flint", "Forest", "Fountain", "Garnet", "Glen", "Grove", "Harbor",
    "Hawthorn", "Hazel", "Heather", "Heron", "Hickory", "Hollow", "Holly", "Ivy", "Jasper", "Juniper", "Kestrel", "Lake", "Lantern",
    "Larch", "Lark", "Laurel", "Lavender", "Lilac", "Linden", "Magnolia", "Maple", "Marble", "Marsh", "Meadow", "Mill", "Mulberry",
    "Myrtle", "Nectar", "Oak", "Olive", "Orchard", "Osprey", "Otter", "Palm", "Pebble", "Pine", "Plum", "Pond", "Poplar", "Prairie",
    "Quail", "Quarry", "Raven", "Reed", "Ridge", "River", "Robin", "Rowan", "Sage", "Sparrow", "Spring", "Spruce", "Sumac", "Swan",
    "Sycamore", "Thistle", "Timber", "Valley", "Walnut", "Willow", "Wren", "Yarrow",
];

/// Names in one script or language.
pub(super) struct Names {
    /// Whether a word is of it.
    pub tells: fn(char) -> bool,
    /// Given names.
    pub given: &'static [&'static str],
    /// Family names.
    pub family: &'static [&'static str],
}

/// The first whose letters a name holds names its substitutes. Latin names without such letters have [`GIVEN`] and [`FAMILY`].
#[rustfmt::skip]
pub(super) const SCRIPTS: &[Names] = &[
    Names {
        tells: |c| ('\u{400}'..='\u{52f}').contains(&c),
        given: &["Александр", "Алексей", "Анастасия", "Андрей", "Анна", "Антон", "Борис", "Вера", "Виктор", "Галина", "Дарья", "Денис",
            "Дмитрий", "Евгений", "Елена", "Иван", "Игорь", "Ирина", "Кирилл", "Ксения", "Лариса", "Максим", "Мария", "Михаил", "Наталья",
            "Николай", "Олег", "Ольга", "Павел", "Роман", "Светлана", "Сергей", "София", "Степан", "Татьяна", "Юлия"],
        family: &["Бондаренко", "Воробей", "Гончар", "Гриценко", "Дьяченко", "Журавель", "Заяц", "Иваненко", "Кириленко", "Коваленко",
            "Коваль", "Кравченко", "Кравчук", "Левченко", "Лысенко", "Марченко", "Мельник", "Мороз", "Назаренко", "Остапенко", "Павленко",
            "Панченко", "Петренко", "Полищук", "Романенко", "Савченко", "Сидоренко", "Ткаченко", "Федоренко", "Шевченко", "Яковенко"],
    },
    Names {
        tells: |c| ('\u{370}'..='\u{3ff}').contains(&c),
        given: &["Αλέξανδρος", "Ανδρέας", "Άννα", "Βασίλης", "Γεωργία", "Γιάννης", "Γιώργος", "Δημήτρης", "Ελένη", "Ειρήνη", "Θωμάς",
            "Κατερίνα", "Κώστας", "Μαρία", "Μιχάλης", "Νίκος", "Παναγιώτης", "Πέτρος", "Σοφία", "Χρήστος"],
        family: &["Αλεξίου", "Αντωνίου", "Βασιλείου", "Γεωργίου", "Δημητρίου", "Ευαγγέλου", "Θεοδώρου", "Ιωάννου", "Κωνσταντίνου",
            "Μακρής", "Μιχαήλ", "Νικολάου", "Οικονόμου", "Παππάς", "Παύλου", "Πέτρου", "Σταύρου", "Φωτίου", "Χρίστου"],
    },
    Names {
        tells: |c| ('\u{ac00}'..='\u{d7a3}').contains(&c),
        given: &["민준", "서준", "도윤", "예준", "시우", "하준", "지호", "주원", "지훈", "준서", "서연", "서윤", "지우", "서현", "하은", "하윤",
            "민서", "지유", "윤서", "채원", "수빈", "지원", "은지", "현우"],
        family: &["김", "이", "박", "최", "정", "강", "조", "윤", "장", "임", "한", "오", "서", "신", "권", "황", "안", "송", "류", "홍"],
    },
    Names {
        tells: |c| ('\u{4e00}'..='\u{9fff}').contains(&c) || ('\u{3040}'..='\u{30ff}').contains(&c),
        given: &["伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明", "超", "霞", "平", "刚", "建", "文",
            "玉", "志", "海", "春", "国", "红", "晓", "云", "林", "华"],
        family: &["王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙", "马", "朱", "胡", "郭", "何", "高", "林", "罗", "郑",
            "梁", "谢", "宋", "唐", "许", "韩", "冯", "邓", "曹"],
    },
    Names {
        tells: |c| ('\u{600}'..='\u{6ff}').contains(&c),
        given: &["أحمد", "إبراهيم", "أمينة", "حسن", "حسين", "خالد", "خديجة", "زينب", "سارة", "سعيد", "سلمى", "سمير", "عائشة", "علي", "عمر",
            "فاطمة", "فريد", "كريم", "ليلى", "محمود", "مريم", "نادية", "نور", "هدى", "يوسف"],
        family: &["الأحمد", "البغدادي", "الحداد", "الحلبي", "الخطيب", "الخوري", "الدمشقي", "الشامي", "الصالح", "الطويل", "العلي", "القاسم",
            "المصري", "النجار", "الهاشمي", "حمدان", "سليمان", "منصور", "ناصر"],
    },
    Names {
        tells: |c| ('\u{590}'..='\u{5ff}').contains(&c),
        given: &["אברהם", "אורי", "איתן", "דוד", "דנה", "חנה", "יוסף", "יעל", "יעקב", "לאה", "מיכל", "משה", "נועה", "רחל", "רות", "שרה", "תמר"],
        family: &["אברהמי", "אדלר", "ברגר", "גולן", "דהן", "כהן", "לוי", "מזרחי", "פרידמן", "פרץ", "רוזן", "שפירא", "שלום", "שרון"],
    },
    Names {
        tells: |c| ('\u{900}'..='\u{97f}').contains(&c),
        given: &["अजय", "अनिल", "अमित", "अंजलि", "आरती", "कविता", "गीता", "दीपक", "नेहा", "पूजा", "प्रिया", "मनोज", "मीना", "मोहन", "रवि", "राजेश",
            "रीता", "विजय", "संजय", "सीमा", "सुनील", "सुरेश"],
        family: &["अग्रवाल", "कपूर", "कुमार", "गुप्ता", "चौधरी", "जोशी", "तिवारी", "पटेल", "मिश्रा", "मेहता", "यादव", "वर्मा", "शर्मा", "सक्सेना", "सिंह"],
    },
    Names {
        tells: |c| "äöüßÄÖÜ".contains(c),
        given: &["Björn", "Dörte", "Günter", "Jörg", "Jürgen", "Käthe", "Lukas", "Matthias", "Ulrike", "Sabine", "Heike", "Wolfgang", "Uwe",
            "Ingrid", "Jannik", "Kerstin", "Bärbel", "Götz", "Rüdiger", "Sönke", "Hildegard", "Dieter", "Lothar", "Tilman"],
        family: &["Bäcker", "Böhm", "Brückner", "Förster", "Fröhlich", "Gärtner", "Günther", "Hübner", "Jäger", "Jünger", "Köhler",
            "König", "Krämer", "Krüger", "Küster", "Löffler", "Möller", "Müller", "Pöhl", "Rößler", "Schäfer", "Schröder", "Schütz", "Vögel",
            "Weiß", "Wörner"],
    },
    Names {
        tells: |c| "ñáíóúãõÑÁÍÓÚÃÕ".contains(c),
        given: &["Adrián", "Agustín", "Álvaro", "Andrés", "Ángela", "Belén", "César", "Inés", "Iván", "Jesús", "João", "José", "Julián",
            "Lucía", "María", "Martín", "Mónica", "Óscar", "Raúl", "Rocío", "Rubén", "Sofía", "Tomás", "Verónica", "Víctor"],
        family: &["Álvarez", "Benítez", "Cáceres", "Conceição", "Díaz", "Domínguez", "Fernández", "Galvão", "García", "Gómez", "González",
            "Gutiérrez", "Hernández", "Jiménez", "López", "Magalhães", "Martín", "Martínez", "Muñoz", "Núñez", "Ordóñez", "Peña", "Pérez",
            "Ramírez", "Rodríguez", "Sánchez", "Vázquez"],
    },
    Names {
        tells: |c| "éèêëçâîïôœÉÈÊÇ".contains(c),
        given: &["Aimée", "André", "Benoît", "Cécile", "Chloé", "Clémence", "Élise", "Éric", "François", "Françoise", "Frédéric", "Gaëlle",
            "Gérard", "Hélène", "Jérôme", "Joël", "Léa", "Mélanie", "Noémie", "Océane", "Raphaël", "René", "Stéphane", "Thérèse", "Zoé"],
        family: &["Bénard", "Béranger", "Chénier", "Crépin", "Délorme", "Fléchard", "Géraud", "Hébert", "Lefèvre", "Légaré", "Lévêque",
            "Maître", "Mercièr", "Noël", "Pérignon", "Prévost", "Rivière", "Régnier", "Séguin", "Thévenet", "Vidéal"],
    },
];
