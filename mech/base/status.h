/*
 * The one enum that fallible functions of every room return. It says what
 * happened; sentences for people are made at the edge (gss/status.c and
 * tools/), and the GSS-API's codes in gss/status.c alone.
 */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

enum scram_status {
    SCRAM_OK = 0,

    /* The peer's bytes */
    SCRAM_BAD_ENCODING,          /* malformed, over a limit or out of order */
    SCRAM_UNSUPPORTED_EXTENSION, /* m= */
    SCRAM_BAD_USERNAME,          /* a user name that SASLprep refuses */
    SCRAM_BAD_PROOF,             /* wrong password, unknown or disabled user */
    SCRAM_BAD_BINDINGS,          /* channel bindings differ or are missing */
    SCRAM_BAD_NONCE,             /* does not extend the nonce that was sent */
    SCRAM_TOO_FEW_ITERATIONS,    /* fewer than RFC 7677 allows */
    SCRAM_TOO_MANY_ITERATIONS,   /* more than the limit that was given */
    SCRAM_BAD_SERVER_SIGNATURE,  /* the server does not know the password */
    SCRAM_SERVER_ERROR,          /* the server sent e=... */
    SCRAM_BAD_SIGNATURE,         /* a message's integrity check failed */
    SCRAM_TOO_LATE,              /* the handshake's deadline has passed */

    /* Our own side */
    SCRAM_BAD_PASSWORD,    /* a password that SASLprep refuses, or empty */
    SCRAM_BAD_ARGUMENT,    /* the caller's mistake */
    SCRAM_TOO_SMALL,       /* the caller's buffer does not hold the result */
    SCRAM_NO_MEMORY,       /* malloc failed */
    SCRAM_NO_RESOURCES,    /* a bound of ours is reached */
    SCRAM_CRYPTO_FAILED,   /* libcrypto refused; not the peer's doing */
    SCRAM_BAD_CONFIG,      /* the configuration file is wrong */
    SCRAM_BAD_LOCATION,    /* not a store location that we know */
    SCRAM_STORE_ABSENT,    /* there is no store at that location */
    SCRAM_STORE_FORBIDDEN, /* this account may not use the store */
    SCRAM_STORE_FAILED,    /* the store is there but cannot be used */
    SCRAM_NO_USER,         /* no such verifier in the store */
    SCRAM_USER_EXISTS,     /* the verifier is in the store already */

    /* gss-scramd, which is asked in the place of a store */
    SCRAM_BROKER_GONE, /* nobody answers at its socket */
    SCRAM_BROKER_SLOW, /* broker_timeout has passed */
    SCRAM_BROKER_ANEW, /* it did not begin this exchange, or has forgotten */
    SCRAM_THROTTLED,   /* too many wrong passwords for this user */

    /* gss-scram-agent, which is asked in the place of a password */
    SCRAM_AGENT_GONE, /* nobody answers at its socket */
    SCRAM_AGENT_SLOW, /* nor did anybody in time */
    SCRAM_AGENT_ANEW, /* it did not begin this login, or has forgotten */
    SCRAM_EXPIRED,    /* the lifetime of what it had is over */

    SCRAM_STATUS_LAST = SCRAM_EXPIRED,

    /* Known to the server alone, and SCRAM_BAD_PROOF to everybody else. */
    SCRAM_EARLIER_PROOF, /* by the password before this one */

    /* No outcome: gss-scram-agent derives keys, and answers again. */
    SCRAM_WORKING
};

#endif
