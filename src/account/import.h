/* import.h: what became of one thing that was taken in from an account elsewhere. */
#ifndef ACCOUNT_IMPORT_H
#define ACCOUNT_IMPORT_H

/* KNOWN: it stood here just so, and nothing was written. */
enum import_change { IMPORT_KNOWN, IMPORT_NEW, IMPORT_CHANGED };

#endif
