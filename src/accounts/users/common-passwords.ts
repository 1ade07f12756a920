/**
 * The passwords of eight characters and more that guessing programs try first (shorter ones are refused by their length). Compared in lower case
 * and without digits or marks at the end, so that `Password2024!` is recognised as `password`.
 */
const WORDS = `
12345678 123456789 1234567890 12345678910 123123123 123321123 11111111 111111111 1111111111 00000000 000000000 0000000000 88888888 99999999 66666666
55555555 22222222 33333333 44444444 77777777 87654321 987654321 9876543210 0987654321 0123456789 012345678 147258369 123654789 789456123 159753456
147852369 123456123 12341234 12344321 11223344 112233445566 1122334455 10203040 1020304050 13131313 12121212 123454321 1234554321 121212121 135792468
password passwort motdepasse contrasena contraseña passw0rd p@ssw0rd p@ssword pa55word pa$$word pass1234 passpass passwords password1 password12
password123 password1234 password12345 mypassword newpassword thepassword yourpassword letmein1 letmein123 changeme changeme1 changeme123 changethis
default1 default123 temp1234 temppass temporary testtest test1234 test12345 testing1 testing123 tester123 testpassword qwertyui qwertyuiop qwerty12
qwerty123 qwerty1234 qwerty12345 qwerty123456 qwertyqwerty qwertz123 qwertzui qwertzuiop azertyui azertyuiop asdfghjk asdfghjkl asdfasdf asdf1234
asdfjkl1 asdfqwer zxcvbnm1 zxcvbnm123 zxcvzxcv zxcvbnmasdf 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx 1qaz2wsx3edc 1qazxsw2 q1w2e3r4 q1w2e3r4t5
qazwsxed qazwsxedc qazwsx123 zaq12wsx zaq1zaq1 zaq1xsw2 1234qwer qwer1234 qwerasdf qweasdzxc qweqweqwe 123qweasd 123qwe123 qwe123qwe abcd1234
abcdefgh abcdefghi abcdefg1 abcd12345 abc12345 abc123456 abc123abc abcabcabc a1b2c3d4 a1b2c3d4e5 a123456789 aa123456 aaaaaaaa aaaaaaaaa 1a2b3c4d
q1q1q1q1 a1234567 a12345678 123456aa 123456abc 1234abcd 12345abc 12345678a 123456789a 123456qwerty iloveyou iloveyou1 iloveyou2 iloveyou123 iloveu123
loveyou1 loveme123 ilovegod ilovemom loverboy lovelove lovely123 sunshine sunshine1 princess princess1 football football1 baseball baseball1
basketball softball volleyball hockey123 superman superman1 spiderman batman123 ironman1 starwars starwars1 pokemon1 pokemon123 naruto123 dragon123
dragonball monkey123 shadow123 master123 michael1 michael123 jennifer jennifer1 jessica1 jordan23 jordan123 michelle michelle1 danielle nicole123
samantha samantha1 charlie1 charlie123 ashley123 brandon1 anthony1 matthew1 patrick1 benjamin alexander alexandra christian christopher elizabeth
victoria victoria1 veronica patricia margaret stephanie jonathan nicholas trustno1 whatever whatever1 computer computer1 computers internet internet1
administrator admin123 admin1234 admin12345 adminadmin admin@123 admin123456 administrador rootroot root1234 toor1234 user1234 username guestguest
guest123 welcome1 welcome12 welcome123 welcome1234 hello123 hello1234 hellohello helloworld goodbye1 access14 access123 login123 loginlogin secret123
secret1234 topsecret mysecret qwertyui1 security security1 private1 system32 server123 database oracle123 postgres mysql123 linux123 ubuntu123 windows1
microsoft google123 facebook facebook1 instagram samsung1 samsung123 iphone123 android1 nintendo playstation xbox3601 minecraft minecraft1 counterstrike
fuckyou1 fuckyou2 fuckyou123 fuckoff1 asshole1 bullshit bitches1 biteme123 jordan12 michael2 mustang1 corvette mercedes porsche1 ferrari1 ferrari123
chevrolet yamaha123 harley123 liverpool liverpool1 chelsea1 chelsea123 arsenal1 arsenal123 barcelona barcelona1 realmadrid juventus manchester
manutd123 united123 steelers dallas123 cowboys1 yankees1 lakers123 redskins packers1 eagles123 chocolate chocolate1 butterfly butterfly1 elephant
dolphins dolphin1 tinkerbell cinderella mickey123 snoopy123 garfield scooby123 cheese123 cookie123 banana123 orange123 strawberry blueberry
pineapple watermelon flower123 flowers1 rainbow1 rainbow123 diamond1 crystal1 midnight midnight1 thunder1 lightning sunflower summer123 summer2023
summer2024 summer2025 winter123 winter2024 winter2025 spring2024 spring2025 autumn2024 autumn2025 january1 february september october1 november
december december1 blink182 metallica slipknot greenday nirvana1 ironmaiden rockstar rockstar1 superstar babygirl babygirl1 babyboy1 bigdaddy
sweetheart sweetie1 beautiful beautiful1 handsome gorgeous precious angelica angel123 angels123 jesus123 jesuschrist ilovejesus godisgood blessed1
heaven123 freedom1 freedom123 liberty1 america1 american1 canada123 mexico123 brasil123 deutschland frankfurt australia england1 scotland ireland1
california newyork1 colorado michigan virginia phoenix1 hollywood lasvegas happy123 happyday smile123 forever1 forever21 together tomorrow yesterday
nothing1 anything something everything remember unknown1 nobody123 somebody creative1 creation1 pictures photo123 camera123 painting drawing1 designer
studio123 atelier1 atelier123 gateway1 gateway123 killer123 hacker123 matrix123 ninja123 warrior1 warriors gladiator assassin destiny1 champion
winner123 player123 gangster soldier1 military marine123 airforce police123 fireman1 firefighter doctor123 nurse123 teacher1 student1 school123
college1 university family123 mother123 mommy123 father123 daddy123 brother1 sister123 grandma1 grandpa1 friends1 friend123 bestfriend bestfriends
`;

const COMMON = new Set(WORDS.split(/\s+/).filter(Boolean));
const trimmed = (password: string): string => password.replace(/[\d\W_]+$/u, '');

/** `password` in the form in which it would be stored. */
export function isCommonPassword(password: string): boolean {
  const lower = password.toLowerCase();
  return COMMON.has(lower) || COMMON.has(trimmed(lower)) || new Set(lower).size === 1;
}
