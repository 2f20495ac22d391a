#include "../unit/unit.h"

#include "tools/format.h"

#define KEYS                                                                   \
    "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=:"                            \
    "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="
#define VERIFIER "SCRAM-SHA-256$4096:c2FsdA==$" KEYS
#define OTHER "SCRAM-SHA-256$5000:c2FsdA==$" KEYS
#define MD5 "md53175bce1d3201d16594cebf9d7eb3f9d"
#define DOVECOT                                                                \
    "{SCRAM-SHA-256}4096,c2FsdA==,"                                            \
    "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=,"                            \
    "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="

/* "pencil" by PBKDF2 with 4096 iterations and the salt "saltsalt", in every
 * form that there is; computed with Python's hashlib. */
#define KEY "OrYiub+OsvUETgTIqMRCilvleEHuAG5SklBT/OiB0Cc"
#define AB64 "4096$c2FsdHNhbHQ$OrYiub.OsvUETgTIqMRCilvleEHuAG5SklBT/OiB0Cc"
#define LDAP "{PBKDF2-SHA256}" AB64
#define DJANGO "pbkdf2_sha256$4096$saltsalt$" KEY "="
#define WERKZEUG                                                               \
    "pbkdf2:sha256:4096$saltsalt$"                                             \
    "3ab622b9bf8eb2f5044e04c8a8c4428a5be57841ee006e52925053fce881d027"
#define ASPNET                                                                 \
    "AQAAAAEAABAAAAAACHNhbHRzYWx0OrYiub+OsvUETgTIqMRCilvleEHuAG5SklBT/OiB0Cc="
#define ALGORITHM "\"algorithm\":\"pbkdf2-sha256\""
#define SALT "\"salt\":\"c2FsdHNhbHQ=\""
#define VALUE "\"value\":\"" KEY "=\""
#define KEYCLOAK                                                               \
    "{\"hashIterations\":4096," ALGORITHM                                      \
    ",\"additionalParameters\":{\"a\":[1,"                                     \
    "\"]}\",{}]}} { " VALUE " , " SALT ",\"x\":null}"
#define PBKDF2(text)                                                           \
    {                                                                          \
        &format_pbkdf2, SLICE(text "\n"), "a"                                  \
    }
#define NO_PBKDF2(text)                                                        \
    {                                                                          \
        &format_pbkdf2, SLICE(text "\n"), "bad1"                               \
    }

/* XEP-0227, in which the namespace of what is not said otherwise is its own. */
#define KEY_20 "a2tra2tra2tra2tra2tra2tra2s="
#define KEY_32 "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="
#define KEY_64                                                                 \
    "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tr" \
    "a2tra2tra2tra2tra2"
#define SCRAM(mechanism, count, stored, server)                                \
    SCRAM_SALT("c2Fs\ndA==", mechanism, count, stored, server)
#define SCRAM_SALT(salt, mechanism, count, stored, server)                     \
    "<scram-credentials xmlns='urn:xmpp:pie:0#scram' mechanism='" mechanism    \
    "'>\n<iter-count>" count "</iter-count><salt>" salt "</salt>"              \
    "<x>y<salt>z</salt></x><stored-key>" stored                                \
    "</stored-key><server-key> " server "</server-key></scram-credentials>"
#define CREDENTIALS SCRAM("SCRAM-SHA-256", "4096", KEY_32, KEY_32)
#define SHA_1 SCRAM("SCRAM-SHA-1", "4096", KEY_20, KEY_20)
#define KEY_TWICE "YTJ0cmEydHJhMnRyYTJ0cmEydHJhMnRyYTJ0cmEydHJhMnRyYTJ0cmEycz0="
#define TWICE                                                                  \
    SCRAM_SALT("YzJGc2RBPT0=", "SCRAM-SHA-256", "4096", KEY_TWICE, KEY_TWICE)
#define USER(name, what) "<user name='" name "'>" what "</user>"
#define HOST "<host xmlns='urn:xmpp:pie:0' jid='example.org'>"
#define XML_OF(users)                                                          \
    "<server-data xmlns='urn:xmpp:pie:0'>" HOST users "</host></server-data>"
#define XML(users) SLICE(XML_OF(users))
#define ALL "\3\3\3\3\3\3\3\3\3\3\3\3\3\3\3\3"
#define LONG_TAG "<x y='" ALL ALL ALL ALL ALL ALL ALL ALL ALL "'/>"

/*
 * What is read of a file, a word for each record: "USER" with a verifier of
 * 4096 iterations, "USER:N" with another count, "USER-1" of SCRAM-SHA-1,
 * "USER=PASSWORD", "USER!" if the file says that the user is disabled; "bad"
 * and the line for one that is not taken, "alien" for a file that is not read
 * on.
 */
static const struct {
    const struct format *format;
    struct slice text;
    const char *outcome;
} files[] = {
    /* RFC 4180: fields in quotation marks are as those without */
    {&format_csv, SLICE("user,password\na,b\n"), "a=b"},
    {&format_csv, SLICE("\"user\",\"password\"\r\na,b\r\n"), "a=b"},
    {&format_csv, SLICE("\xef\xbb\xbf\"username\",password\na,b"), "a=b"},
    {&format_csv, SLICE("User, Password\n\"a\",\"b\"\n"), "a=b"},
    {&format_csv, SLICE("\n\nuser,\"password\"\na,b\n"), "a=b"},
    {&format_csv, SLICE("a,b\nuser,password\n"), "a=b user=password"},
    /* a title in other words is no user */
    {&format_csv, SLICE("login,password\na,b\n"), "bad1 a=b"},
    {&format_csv, SLICE("\"User name\",\"Password\"\na,b\n"), "bad1 a=b"},
    {&format_csv, SLICE("user,password\nx,password\n"), "x=password"},
    {&format_csv, SLICE("user,password\nuser,password\n"), "user=password"},
    {&format_csv, SLICE("\"a,\"\"b\",\"c\"\"\"\n"), "a,\"b=c\""},
    {&format_csv, SLICE("a,b\"c\nd\"e,f\ng,h\n"), "bad1 bad2 g=h"},
    {&format_csv, SLICE("\"a\"b,c\n\"a\",\"b\"c\n"), "bad1 bad2"},
    {&format_csv, SLICE("a,b,c\n\"a\",\"b\",\n"), "bad1 bad2"},
    /* a line in quotation marks is not a record */
    {&format_csv, SLICE("\"x\nroot,secret\ny\",pw\na,b\n"), "bad1 a=b"},
    {&format_csv, SLICE("x,\"y\nroot,\"\"\nroot,secret\n\"\na,b\n"),
     "bad1 a=b"},
    {&format_csv, SLICE("\"x\na,b\n"), "bad1"},
    {&format_csv, SLICE("a,\2\nb,c\n"), "bad1 b=c"}, /* too long */
    {&format_csv, SLICE("\"\1\1\1\nroot,secret\n\",b\na,b\n"), "bad1 a=b"},

    {&format_postgresql, SLICE("alice|" VERIFIER), "alice"},
    {&format_postgresql, SLICE("alice\t" VERIFIER), "alice"},
    {&format_postgresql, SLICE(" a b |" VERIFIER), "[ a b ]"},
    {&format_postgresql,
     SLICE("rolname|rolpassword\na|b|" VERIFIER "\nx|\n(2 rows)\n"), "a|b"},
    {&format_postgresql,
     SLICE("usename|passwd\na|" VERIFIER "\nb|" OTHER "\n(2 Zeilen)\n"),
     "a b:5000"},
    {&format_postgresql, SLICE("x|\na|" VERIFIER "\n(2개 행)\n"), "a"},
    {&format_postgresql, SLICE("a|" VERIFIER "\n(2 rows) b|" OTHER "\n"),
     "a (2 rows) b:5000"},
    {&format_postgresql, SLICE("a|SCRAM-SHA-256$4095:c2FsdA==$" KEYS "\n"),
     "bad1"},
    {&format_postgresql,
     SLICE("\"rolname\",\"rolpassword\"\n\"a,\"\"b\",\"" VERIFIER "\"\nb," OTHER
           "\n\"x\",\ny,\"\"\n"),
     "a,\"b b:5000"},
    {&format_postgresql, SLICE("usename,passwd\na," VERIFIER "\n"), "a"},
    {&format_postgresql, SLICE("x|" MD5 "\na|" VERIFIER "\nfoo\nb|bar\n"),
     "bad1 a bad3 bad4"},
    {&format_postgresql,
     SLICE("a," VERIFIER "\n\"x\nroot,\"" VERIFIER "\"\nz\"," OTHER
           "\nb," VERIFIER "\n"),
     "a bad2 b"},
    {&format_postgresql, SLICE("a," VERIFIER "\nx\"," VERIFIER "\n"), "a bad2"},
    /* a NUL separates nothing */
    {&format_postgresql, SLICE("alice\0" VERIFIER), "alien"},
    {&format_postgresql, SLICE("--\0--\nalice|" VERIFIER), "alien"},
    /* aligned, with and without a title, with a border, in Unicode */
    {&format_postgresql,
     SLICE(" rolname | rolpassword\n---------+------\n alice   | " VERIFIER
           "\n(1 row)\n"),
     "alien"},
    {&format_postgresql, SLICE(" alice   | " VERIFIER "\n"), "alien"},
    {&format_postgresql, SLICE(" x       | \n alice   | " VERIFIER "\n"),
     "alien"},
    {&format_postgresql,
     SLICE("+-------+---+\n| alice | " VERIFIER " |\n+-------+---+\n"),
     "alien"},
    {&format_postgresql, SLICE(" alice │ " VERIFIER "\nb|" VERIFIER "\n"),
     "alien"},
    /* expanded: aligned, unaligned, as CSV, of columns of any name */
    {&format_postgresql,
     SLICE("-[ RECORD 1 ]-----\nrolname     | a\nrolpassword | " VERIFIER),
     "alien"},
    {&format_postgresql, SLICE("rolname|a\nrolpassword|" VERIFIER "\n"),
     "alien"},
    {&format_postgresql, SLICE("rolname,a\nrolpassword," VERIFIER "\n"),
     "alien"},
    {&format_postgresql, SLICE("x|a\ny|" VERIFIER "\n"), "alien"},
    /* of roles whose names look like passwords, and the columns swapped */
    {&format_postgresql, SLICE("rolname|md5\nrolpassword|" VERIFIER "\n"),
     "alien"},
    {&format_postgresql, SLICE("rolname|SCRAM-\nrolpassword|" VERIFIER "\n"),
     "alien"},
    {&format_postgresql, SLICE("x|md5a\ny|" VERIFIER "\n"), "alien"},
    {&format_postgresql, SLICE("rolpassword|" VERIFIER "\nrolname|a\n"),
     "alien"},
    {&format_postgresql, SLICE("passwd," VERIFIER "\nusename,a\n"), "alien"},
    {&format_postgresql, SLICE("passwd|" VERIFIER "\n\npasswd|" VERIFIER "\n"),
     "alien"},
    {&format_postgresql, SLICE("passwd|" VERIFIER "\npasswd|" VERIFIER "\n"),
     "alien"},
    {&format_postgresql, SLICE("rolname|\nrolpassword|" VERIFIER "\n"),
     "alien"},
    /* Roles that have a column's name. */
    {&format_postgresql, SLICE("passwd|" VERIFIER "\n"), "passwd"},
    {&format_postgresql,
     SLICE("passwd|" VERIFIER "\nrolname|" VERIFIER "\nz|" OTHER "\n"),
     "passwd rolname z:5000"},
    {&format_postgresql,
     SLICE("\"rolname\",\"" VERIFIER "\"\n\"a\",\"" VERIFIER "\"\n"),
     "rolname a"},
    {&format_postgresql, SLICE("rolpassword|" VERIFIER "\nx|" MD5 "\n"),
     "rolpassword bad2"},
    {&format_postgresql, SLICE("rolname|rolpassword\npasswd|" VERIFIER "\n"),
     "passwd"},
    {&format_postgresql, SLICE("Expanded display is on.\n\na|" VERIFIER),
     "alien"},

    {&format_pgbouncer,
     SLICE("  ; \"x\" \"" VERIFIER "\"\n\t;\n;x\n \"a\"\t\"" VERIFIER
           "\" \"\"\n"),
     "a"},
    {&format_pgbouncer, SLICE("; \2\2\2\n\"a\" \"" VERIFIER "\"\n"), "a"},
    {&format_pgbouncer, SLICE("\2\2\2\n\"a\" \"" VERIFIER "\"\n"), "bad1 a"},
    {&format_pgbouncer, SLICE("\"a\" \"scram" VERIFIER "\"\n"), "bad1"},

    {&format_dovecot, SLICE("a:" DOVECOT "\nb:" DOVECOT "::::::\n"), "a b"},
    {&format_dovecot,
     SLICE("a:{scram-Sha-256"
           "}4096,c2FsdA==,"
           "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=,"
           "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="),
     "a"},
    {&format_dovecot, SLICE("a:" DOVECOT "::::::nologin\n"), "a!"},
    {&format_dovecot, SLICE("a:" DOVECOT "::::::userdb_x=y:z\tnologin=No  \n"),
     "a!"},
    {&format_dovecot, SLICE("a:" DOVECOT "::::::xnologin\n"), "bad1"},
    {&format_dovecot,
     SLICE("a:" DOVECOT "::::::event_expires=2027-01-31\nb:" DOVECOT
           "::::::event_expires=2027-02-29\nc:" DOVECOT
           "::::::event_expires=2027-01-31 event_expires=2027-01-31\nd:" DOVECOT
           "::::::event_expires\n"),
     "a bad2 bad3 bad4"},
    /* who is out by the day alone, and whoever is for another reason too */
    {&format_dovecot,
     SLICE(
         "a:" DOVECOT
         "::::::event_expires=2020-01-31 event_expired=yes nologin\nb:" DOVECOT
         "::::::nologin event_expired=yes event_expires=2020-01-31\nc:" DOVECOT
         "::::::event_expires=2020-01-31 nologin\nd:" DOVECOT
         "::::::event_expired=yes nologin\ne:" DOVECOT
         "::::::event_expires=2020-01-31 event_expired=no nologin\nf:" DOVECOT
         "::::::event_expires=2020-01-31 event_expired nologin\n"),
     "a b c! bad4 bad5 bad6"},
    {&format_dovecot,
     SLICE("a:" DOVECOT "::::::event_groups=web,a%20b\nb:" DOVECOT
           "::::::event_groups=\nc:" DOVECOT
           "::::::event_groups=a event_groups=b\nd:" DOVECOT
           "::::::event_groups=a,\ne:" DOVECOT "::::::event_groups=%4\n"),
     "a bad2 bad3 bad4 bad5"},
    {&format_dovecot, SLICE("a:" DOVECOT "::::::allow_nets=::1/128\n"), "bad1"},
    {&format_dovecot,
     SLICE("a:" DOVECOT "::::::nodelay allow_nets=local,10.0.0.0/8\n"
           "b:" DOVECOT
           ":::gecos allow_nets=x:::userdb_allow_nets=y proxy=y host=h\n"
           "c:" DOVECOT "::::::user=root\nd:" DOVECOT
           "::::::\tdelay_until=1+2\n"),
     "bad1 b bad3 bad4"},

    {&format_ldif, SLICE("dn: uid=\\61l,dc=x\nauthPassword: " VERIFIER), "al"},
    /* and control characters are no digits */
    {&format_ldif, SLICE("dn: uid=\\\x16\x11l,dc=x\nauthPassword: " VERIFIER),
     "\x16\x11l"},
    {&format_ldif, SLICE("dn: uid= a\\ ,dc=x\nauthPassword: " VERIFIER),
     "[a ]"},
    {&format_ldif, SLICE("dn: uid=a+cn=b,dc=x\nauthPassword: " VERIFIER),
     "bad1"},
    {&format_ldif, SLICE("dn: uid=#0401,dc=x\nauthPassword: " VERIFIER),
     "bad1"},
    {&format_ldif,
     SLICE("dn: cn=x\nuid: a\nauthPassword: " VERIFIER
           "\nauthpassword: scram-sha-256 $ 5000:c2FsdA== $ " KEYS),
     "a a:5000"},
    {&format_ldif,
     SLICE("version: 1\ndn: uid=a\n\nauthPassword: " VERIFIER "\n"), "bad4"},
    {&format_ldif, SLICE("dn: uid=a\ndn: uid=b\nauthPassword: " VERIFIER "\n"),
     "bad1"},
    /* other schemes beside ours, and alone */
    {&format_ldif,
     SLICE("dn: uid=a\nauthPassword: MD5$abc$def\nauthPassword: " VERIFIER
           "\nauthPassword: SCRAM-SHA-512$1:a$b:c\nuserPassword: x\n"),
     "a"},
    {&format_ldif,
     SLICE("dn: uid=a\nauthPassword: MD5$abc$def\nauthPassword: "
           "SHA1$abc$def\n\ndn: uid=b\nauthPassword: " VERIFIER "\n"),
     "bad1 b"},
    {&format_ldif,
     SLICE("dn: uid=a\nauthPassword: SCRAM-SHA-256$x\nauthPassword: " VERIFIER
           "\n"),
     "bad1 a"},
    {&format_ldif,
     SLICE("dn: uid=a\nauthPassword:< file:///a\nauthPassword: " VERIFIER "\n"),
     "bad1 a"},
    {&format_ldif,
     SLICE("dn: uid=a\nauthPassword: X-DISABLED-" VERIFIER
           "\nauthPassword: x-disabled-" OTHER "\n"),
     "a! a:5000!"},
    {&format_ldif,
     SLICE("\ndn: uid=a\nauthPassword: MD5$abc$def\nauthPassword:: !\n"),
     "bad2"},
    /* changes: what is added is read, what takes away is refused */
    {&format_ldif,
     SLICE("dn: uid=a\nchangetype: add\nauthPassword: " VERIFIER
           "\n\ndn: uid=b\nchangetype: modify\nadd: "
           "authPassword\nauthPassword: " OTHER "\n-\nreplace: cn\ncn: x\n-\n"),
     "a b:5000"},
    {&format_ldif,
     SLICE("dn: uid=a\nchangetype: modify\ndelete: authPassword\n"
           "authPassword: " OTHER
           "\n-\nadd: authPassword\nauthPassword: " VERIFIER
           "\n-\n\ndn: uid=b\nauthPassword: " VERIFIER "\n"),
     "bad1 b"},
    {&format_ldif,
     SLICE("dn: uid=a\nchangetype: modify\nDelete: "
           "authpassword\n-\n"),
     "bad1"},
    {&format_ldif,
     SLICE("dn: uid=a\nchangetype: modify\nreplace:: "
           "YXV0aFBhc3N3b3Jk\nauthPassword: " VERIFIER "\n-\n"),
     "bad1"},
    {&format_ldif,
     SLICE("dn: uid=a\nchangetype: modify\ndelete: "
           "authPassword;x-a\nauthPassword;x-a: " VERIFIER "\n-\n"),
     "bad1"},
    {&format_ldif,
     SLICE("dn: uid=a\nreplace: authPassword\nauthPassword: " VERIFIER "\n-\n"),
     "bad1"},
    {&format_ldif,
     SLICE("dn: uid=a\nchangetype: modify\nadd: cn\ncn: x\n-\n"
           "authPassword: " VERIFIER "\n-\n"),
     "bad1"},
    {&format_ldif,
     SLICE("dn: uid=a\nchangetype: modify\nreplace: uid\nuid: "
           "root\n-\nadd: authPassword\nauthPassword: " VERIFIER "\n-\n"),
     "bad1"},
    {&format_ldif,
     SLICE("dn: uid=a\nchangetype: modify\nreplace: cn\ncn: x\n"
           "-\n\ndn: uid=b\nchangetype: modify\nadd: "
           "authPassword\nauthPassword: " VERIFIER "\n"),
     "b"},
    {&format_ldif,
     SLICE(
         "dn: uid=a\nchangetype: delete\n\ndn: uid=b\n"
         "changetype: modrdn\nnewrdn: uid=root\ndeleteoldrdn: 1\n\ndn: uid=c\n"
         "changetype: moddn\nauthPassword: " VERIFIER "\n"),
     "bad1 bad4 bad9"},
    {&format_ldif,
     SLICE("dn: uid=a\nchangetype: add\nchangetype: delete\n"
           "authPassword: " VERIFIER "\n"),
     "bad1"},
    /* what an import does not need may be as long as it likes */
    {&format_ldif,
     SLICE("dn: uid=a\njpegPhoto:: \3\3\n \3\3\3\ncn: \3\3\3\n"
           "# \3\3\3\n \3\3\3\nauthPassword: " VERIFIER "\n\ndn: uid=b\n"
           "authPassword: " VERIFIER "\n"),
     "a b"},
    {&format_ldif,
     SLICE("# \3\3\3\n \3\3\3\n\ndn: uid=a\nauthPassword: " VERIFIER "\n"),
     "a"},
    /* what it needs may not, and its entry ends where it ends */
    {&format_ldif,
     SLICE("dn: uid=a\nauthPassword: \3\3\3\n \3\3\3\nuid: root\n"
           "authPassword: " VERIFIER "\n\ndn: uid=b\nauthPassword: " VERIFIER
           "\n"),
     "bad1 b"},
    {&format_ldif,
     SLICE("dn: uid=a\nuid: \3\n \3\n \3\nauthPassword: " VERIFIER
           "\n\ndn: uid=b\nauthPassword: " VERIFIER "\n"),
     "bad1 b"},
    {&format_ldif,
     SLICE("\3\3\3\n\3\3\3\ndn: uid=a\nauthPassword: " VERIFIER
           "\n\ndn: uid=b\nauthPassword: " VERIFIER "\n"),
     "bad1 b"},
    /* who is locked is disabled, in either server's way */
    {&format_ldif,
     SLICE("dn: uid=a\nauthPassword: " VERIFIER "\nnsAccountLock: TRUE\n\n"
           "dn: uid=b\nnsaccountlock: False\nauthPassword: " VERIFIER "\n\n"
           "dn: uid=c\npwdAccountLockedTime: 000001010000Z\n"
           "authPassword: " VERIFIER "\n"),
     "a! b c!"},

    PBKDF2("a:" LDAP),
    PBKDF2("a:{pbkdf2-sha256}" AB64 "="),
    PBKDF2("a;$pbkdf2-sha256$" AB64),
    PBKDF2("a|" DJANGO " "),
    PBKDF2("a\t" WERKZEUG),
    PBKDF2("a," ASPNET),
    PBKDF2("a:" KEYCLOAK),
    PBKDF2("\"a\",\"" DJANGO "\""),
    PBKDF2("a,\"" DJANGO "\""),
    /* a title, comments, and what psql prints below */
    {&format_pbkdf2,
     SLICE("# users\n\nusername|password\na|" DJANGO "\n#\nb|" DJANGO
           "\n(2 rows)\n"),
     "a b"},
    {&format_pbkdf2, SLICE("\"UserName\",\"PasswordHash\"\na," ASPNET "\n"),
     "a"},
    {&format_pbkdf2, SLICE("password:" DJANGO "\npassword:x\n"),
     "password bad2"},
    /* a name may have a separator, and no hash */
    {&format_pbkdf2, SLICE("a:b|c," LDAP "\n\"x,y\",\"" LDAP "\"\n"),
     "a:b|c x,y"},
    NO_PBKDF2("root:" DJANGO "|" DJANGO),
    NO_PBKDF2("root:pbkdf2_sha256$4096$|" WERKZEUG),
    NO_PBKDF2("root:" KEYCLOAK "|" LDAP),
    {&format_pbkdf2, SLICE("dn:" DJANGO "\nversion:" DJANGO "\n"),
     "dn version"},
    /* what makes no verifier */
    NO_PBKDF2("a:{PBKDF2-SHA256}4095$c2FsdHNhbHQ$" KEY),
    NO_PBKDF2("a:{PBKDF2-SHA256}10000001$c2FsdHNhbHQ$" KEY),
    NO_PBKDF2("a:{PBKDF2-SHA256}04096$c2FsdHNhbHQ$" KEY),
    NO_PBKDF2("a:{PBKDF2-SHA256}4096$$" KEY),
    NO_PBKDF2("a:{PBKDF2-SHA256}4096$c2FsdHNhbHQ$" KEY "==="),
    NO_PBKDF2("a:{PBKDF2-SHA256}4096$c2FsdHNhbHQ$OrYiub"),
    NO_PBKDF2("a:{PBKDF2-SHA256}4096$c2FsdHNhbHQ"),
    NO_PBKDF2("a:{PBKDF2-SHA256}"),
    NO_PBKDF2("a:{PBKDF2_SHA256}" KEY),
    NO_PBKDF2("a:pbkdf2_sha256$4096$"
              "0123456789012345678901234567890123456789012345678901234567890123"
              "4$" KEY),
    NO_PBKDF2("a:pbkdf2:sha256:4096$saltsalt$3AB622B9BF8EB2F5044E04C8A8C4428A5"
              "BE57841EE006E52925053FCE881D027"),
    NO_PBKDF2("a:pbkdf2:sha256:4096$saltsalt$3ab"),
    NO_PBKDF2("a:AQAAAAEAABAAAAAASHNhbHRzYWx0"),
    NO_PBKDF2("a:AQAAAAEA"),
    NO_PBKDF2("a:{\"hashIterations\":4096," ALGORITHM "}{" SALT "}"),
    NO_PBKDF2("a:{\"hashIterations\":4096," ALGORITHM "," SALT "," SALT
              "}{" VALUE "}"),
    NO_PBKDF2("a:{\"hashIterations\":4096," ALGORITHM "," VALUE "," SALT
              "}{},"),
    NO_PBKDF2("a:{\"hashIterations\":[4096]," ALGORITHM "," VALUE "," SALT "}"),
    NO_PBKDF2("a:{\"hashIterations\":4096," ALGORITHM "," VALUE "," SALT ",\""),
    NO_PBKDF2(
        "a:{\"hashIterations\":4096,\"algorithm\":\"pbkdf2-sha512\"}{" VALUE
        "," SALT "}"),
    /* other hashes, and none */
    NO_PBKDF2("a:{PBKDF2-SHA512}" AB64),
    NO_PBKDF2("a:{SSHA}x"),
    NO_PBKDF2("a:$2b$12$x"),
    NO_PBKDF2("a:AQAAAAIAABAAAAAACHNhbHRzYWx0"),
    NO_PBKDF2("a:secret"),
    NO_PBKDF2("a|\"" DJANGO "\""),
    NO_PBKDF2(DJANGO),
    {&format_pbkdf2,
     SLICE("# c\n c\nversion: 1\n\ndn: uid=a\nuserPassword: " LDAP
           "\nnsAccountLock: true\n\ndn: uid=b\nuserPassword: {SSHA}x\n"
           "userPassword: " LDAP "\n\ndn: uid=c\nuserPassword: {SSHA}x\n\n"
           "dn: uid=d\nauthPassword: " VERIFIER "\n"),
     "a! b bad13"},
    {&format_pbkdf2,
     SLICE("dn: uid=a\nreplace: userPassword\nuserPassword: " LDAP "\n"),
     "bad1"},

    {&format_xep0227, XML(USER("a", CREDENTIALS)), "a"},
    {&format_xep0227, SLICE(HOST USER("a", CREDENTIALS) "</host>"), "a"},
    {&format_xep0227, XML(USER("a", SHA_1 CREDENTIALS)), "a a-1"},
    {&format_xep0227, XML("<user password='p&amp;q' name='b@&#x2603;'/>"),
     "b@☃=p&q"},
    {&format_xep0227, XML("<user name='a' password='p'>" CREDENTIALS "</user>"),
     "a"},
    {&format_xep0227,
     XML("<user name='a'><!-- <x> --><vCard xmlns='vcard-temp'>" CREDENTIALS
         "</vCard></user>\n" USER("b", CREDENTIALS)),
     "bad1 b"},
    /* Prosody's, by its migrator */
    {&format_xep0227,
     XML(USER("a", SCRAM("SCRAM-SHA-1", "4096", KEY_32, KEY_32))), "a"},
    {&format_xep0227,
     XML(USER("a", SCRAM("SCRAM-SHA-1", "4096", KEY_32, KEY_20))), "bad1"},
    /* ejabberd's, under either name */
    {&format_ejabberd, XML(USER("a", TWICE)), "a"},
    {&format_xep0227, XML(USER("a", TWICE)), "a"},
    {&format_xep0227,
     XML(USER("a", SCRAM("SCRAM-SHA-256", "4096", KEY_TWICE, KEY_32))), "bad1"},
    /* documents one after the other, of different encodings */
    {&format_xep0227,
     SLICE(
         XML_OF(USER("a", CREDENTIALS)) "\n\n<?xml version='1.0' "
                                        "encoding='ISO-8859-1'?>" HOST USER(
                                            "\xe4", CREDENTIALS) "</host>"
                                                                 "<!-- -->\n"),
     "a ä"},
    {&format_xep0227, SLICE(XML_OF(USER("a", CREDENTIALS)) "x"), "a alien"},
    /* of another mechanism, or of none */
    {&format_xep0227,
     XML(USER("a", SCRAM("SCRAM-SHA-512", "4096", KEY_64, KEY_64) CREDENTIALS)),
     "a"},
    {&format_xep0227,
     XML("\n" USER("a", SCRAM("SCRAM-SHA-512", "4096", KEY_64, KEY_64))),
     "bad2"},
    {&format_xep0227, XML("<user name='a'/>"), "bad1"},
    {&format_xep0227, XML("<user password='p'/>"), "bad1"},
    {&format_xep0227, XML(USER("", CREDENTIALS)), "bad1"},
    {&format_xep0227, XML(USER("\3", CREDENTIALS)), "bad1"},
    {&format_xep0227, XML("<user name='a' password='scram:x,y,z,1'/>"), "bad1"},
    {&format_xep0227, XML("<user name='\1'/><user name='a' password='p'/>"),
     "bad1 a=p"},
    {&format_xep0227, XML("<user name='a' password='\3'/>"), "bad1"},
    /* not what a verifier is made of */
    {&format_xep0227,
     XML(USER("a", SCRAM("SCRAM-SHA-256", "4095", KEY_32, KEY_32))), "bad1"},
    {&format_xep0227,
     XML(USER("a", SCRAM("SCRAM-SHA-256", "4096", KEY_32, "") CREDENTIALS)),
     "a bad1"},
    {&format_xep0227,
     XML(USER("a", SCRAM("SCRAM-SHA-256", "4096</iter-count><iter-count>",
                         KEY_32, KEY_32))),
     "bad1"},
    {&format_xep0227,
     XML(USER("a", SCRAM("SCRAM-SHA-256", "\2", KEY_32, KEY_32))), "bad1"},
    {&format_xep0227, XML(USER("a", CREDENTIALS CREDENTIALS)), "a bad1"},
    /* who may not log in: by ejabberd, by Prosody */
    {&format_xep0227,
     XML(USER("a", CREDENTIALS "<query xmlns='jabber:iq:private'><banned "
                               "xmlns='jabber:ejabberd:banned'/></query>")
             USER("b", CREDENTIALS)),
     "a! b"},
    {&format_xep0227,
     XML("<user name='a' xmlns:p='http://prosody.im/protocol/"
         "extended-xep0227' p:disabled='true'>" CREDENTIALS "</user>"),
     "a!"},
    {&format_xep0227,
     XML("<user name='a' xmlns:p='http://prosody.im/protocol/"
         "extended-xep0227' p:disabled='true' password='p'/>"),
     "bad1"},
    /* users of two hosts, and of another file */
    {&format_xep0227,
     SLICE(HOST USER("a", CREDENTIALS) "</host><host xmlns='urn:xmpp:pie:0' "
                                       "jid='example.com'>" USER(
                                           "a", CREDENTIALS) "</host>"),
     "a alien"},
    {&format_xep0227, SLICE("<host xmlns='urn:xmpp:pie:0'/>"), "alien"},
    {&format_xep0227,
     SLICE("<server-data xmlns='urn:xmpp:pie:0'>\n<xi:include "
           "xmlns:xi='http://www.w3.org/2001/XInclude' "
           "href='/etc/passwd'/></server-data>"),
     "bad2"},
    /* what is something else, or more than is read */
    {&format_xep0227, SLICE(""), "alien"},
    {&format_xep0227, SLICE("a:{SCRAM-SHA-256}"), "alien"},
    {&format_xep0227, SLICE("<server-data/>"), "alien"},
    {&format_xep0227, SLICE(HOST USER("a", CREDENTIALS) "</hos"), "a alien"},
    {&format_xep0227,
     SLICE("<!DOCTYPE x [<!ENTITY e '" CREDENTIALS "'>]>" HOST
           "<user name='a'>&e;</user></host>"),
     "alien"},
    {&format_xep0227, SLICE(HOST "<user name='a'>&e;</user></host>"), "alien"},
    {&format_xep0227, SLICE(HOST USER("a", CREDENTIALS) LONG_TAG), "a alien"},
};

/* Write a word for a record. */
static void
describe(const struct record *record, FILE *out)
{
    struct slice user = record->user;
    bool edges =
        user.len > 0 && (user.data[0] == ' ' || user.data[user.len - 1] == ' ');

    fprintf(out, edges ? "[%.*s]" : "%.*s", (int)user.len,
            (const char *)user.data);
    if (record->password.data != NULL)
        fprintf(out, "=%.*s", (int)record->password.len,
                (const char *)record->password.data);
    else if (record->verifier.iterations != 4096)
        fprintf(out, ":%u", (unsigned)record->verifier.iterations);
    if (record->verifier.mechanism == SCRAM_SHA_1)
        fputs("-1", out);
    if (record->disabled)
        fputc('!', out);
    if (record->password.data == NULL)
        ck_assert_int_eq(record->verifier.enabled, !record->disabled);
}

/* Read a file to its end, and write what is in it. */
static void
read_file(const struct format *format, FILE *file, FILE *out)
{
    struct source *source = calloc(1, sizeof(*source));
    enum format_status status;
    const char *before = "";

    ck_assert_ptr_nonnull(source);
    source->input.file = file;
    do {
        struct record record;
        struct sentence why = {""};

        status = format->read(source, &record, &why);
        ck_assert_int_eq(why.text[0] != '\0',
                         status == FORMAT_BAD || status == FORMAT_ALIEN);
        ck_assert_int_ne(status, FORMAT_FAILED);
        if (status != FORMAT_END)
            fputs(before, out);
        before = " ";
        if (status == FORMAT_RECORD)
            describe(&record, out);
        else if (status == FORMAT_BAD)
            fprintf(out, "bad%lu", record.line);
        else if (status == FORMAT_ALIEN)
            fputs("alien", out);
    } while (status == FORMAT_RECORD || status == FORMAT_BAD);
    source_clear(source);
    free(source);
}

/* The text, in which \1, \2 and \3 stand for so many of ", x and A that three
 * of them are longer than a line may be. */
static FILE *
open_text(struct slice text)
{
    static const char of[] = " \"xA";
    FILE *file = tmpfile();
    size_t i, n;

    ck_assert_ptr_nonnull(file);
    for (i = 0; i < text.len; i++) {
        bool many = text.data[i] >= 1 && text.data[i] <= 3;

        for (n = many ? INPUT_LINE_MAX / 2 : 1; n > 0; n--)
            putc_unlocked(many ? of[text.data[i]] : text.data[i], file);
    }
    rewind(file);
    return file;
}

START_TEST(a_file_is_read_as_its_format_has_it)
{
    FILE *file = open_text(files[_i].text);
    char *outcome = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&outcome, &size);

    ck_assert_ptr_nonnull(out);
    read_file(files[_i].format, file, out);
    fclose(out);
    ck_assert_str_eq(outcome, files[_i].outcome);
    free(outcome);
    fclose(file);
}
END_TEST

/* In every form the hash makes the verifier that its password does; computed
 * with Python's hashlib and hmac. */
START_TEST(a_hash_makes_its_passwords_verifier)
{
    static const struct slice text =
        SLICE("a:" LDAP "\na:$pbkdf2-sha256$" AB64 "\na:" DJANGO "\na:" WERKZEUG
              "\na:" ASPNET "\na:" KEYCLOAK "\n");
    struct source *source = calloc(1, sizeof(*source));
    struct record record;
    struct sentence why = {""};
    size_t count = 0;

    ck_assert_ptr_nonnull(source);
    source->input.file = open_text(text);
    while (format_pbkdf2.read(source, &record, &why) == FORMAT_RECORD) {
        uint8_t space[SCRAM_VERIFIER_TEXT_MAX];
        struct buffer made = BUFFER_ARRAY(space);

        scram_verifier_format(&record.verifier, &made);
        ck_assert(
            slice_equal(buffer_slice(&made),
                        SLICE("SCRAM-SHA-256$4096:c2FsdHNhbHQ=$"
                              "YtirBsK55C7ugqEIk/zgQjxnQARZnZ6vkDRV/mLlwE4=:"
                              "KqMO3AiksTMRLGZOTEjkOzOVyQoednEDmDre2EulssE=")));
        count++;
    }
    ck_assert_uint_eq(count, 6);
    ck_assert_str_eq(why.text, "");
    fclose(source->input.file);
    free(source);
}
END_TEST

START_TEST(a_password_that_postgresql_hashed_with_md5_is_called_that)
{
    struct source *source = calloc(1, sizeof(*source));
    struct sentence why = {""};
    struct record record;

    ck_assert_ptr_nonnull(source);
    source->input.file = open_text(SLICE("x|" MD5 "\n"));
    ck_assert_int_eq(format_postgresql.read(source, &record, &why), FORMAT_BAD);
    ck_assert_ptr_nonnull(strstr(why.text, "MD5"));
    fclose(source->input.file);
    source_clear(source);
    free(source);
}
END_TEST

/* What is written of a user: "-" for one whom the format cannot have, and of a
 * verifier nothing but what the user is then. */
static const struct {
    const struct format *format;
    struct slice user;
    bool enabled;
    const char *begin, *has;
} exports[] = {
    {&format_postgresql, SLICE("a|b"), true, "a|b|SCRAM-SHA-256$4096:", ""},
    {&format_postgresql, SLICE("a"), false, "-", ""},
    {&format_pgbouncer, SLICE("a\"b"), true, "\"a\"\"b\" \"SCRAM-", ""},
    {&format_pgbouncer, SLICE("a"), false, "-", ""},
    {&format_ldif, SLICE("a"), true, "dn: uid=a,dc=x\n",
     "word: SCRAM-SHA-256$"},
    {&format_ldif, SLICE("a"), false, "dn: uid=a,dc=x\n",
     "authPassword: X-DISABLED-SCRAM-SHA-256$"},
    {&format_ldif, SLICE("a,b"), true, "dn: uid=a\\,b,dc=x\n", ""},
    {&format_ldif, SLICE(" #a "), true, "dn: uid=\\ #a\\ ,dc=x\n", ""},
    {&format_ldif, SLICE("a\nb"), true, "dn:: dWlkPWEKYixkYz14\n", ""},
    {&format_ldif, SLICE("\xc3\xa9"), true, "dn:: dWlkPcOpLGRjPXg=\n", ""},
};

START_TEST(a_user_is_written_as_the_format_has_it)
{
    struct scram_verifier v = {.mechanism = SCRAM_SHA_256,
                               .iterations = 4096,
                               .salt_len = SCRAM_SALT_LEN,
                               .enabled = exports[_i].enabled};
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    ck_assert_ptr_nonnull(out);
    if (!exports[_i].format->write(out, exports[_i].user, &v, "dc=x"))
        fputc('-', out);
    fclose(out);
    ck_assert_msg(strncmp(text, exports[_i].begin, strlen(exports[_i].begin)) ==
                      0,
                  "%s", text);
    ck_assert_ptr_nonnull(strstr(text, exports[_i].has));
    free(text);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, a_user_is_written_as_the_format_has_it, 0,
                        COUNT(exports));
    tcase_add_test(tests, a_hash_makes_its_passwords_verifier);
    tcase_add_test(tests,
                   a_password_that_postgresql_hashed_with_md5_is_called_that);
    tcase_add_loop_test(tests, a_file_is_read_as_its_format_has_it, 0,
                        COUNT(files));
}

int
main(void)
{
    return unit_run("format", add, 10);
}
