import ArgumentParser

/// What can be measured on its own: a few rows each.
enum Group: String, CaseIterable, ExpressibleByArgument, Sendable {
    case limits, waiting, producers, delayed, batches, commit, desk, post, ndjson, backlog, deeds
    case scale, proof, lookup, size, open, audit, verify

    /// How it is measured, beside what, and what it must reach.
    var method: String {
        switch self {
        case .limits:
            """
            What the disk and one core can do, without Tamga: a frame of 1, 256 and 1,000 entries, and 4 KiB, written over a \
            zeroed file and fdatasync'ed, one after another, buffered (as the journal does) and for 4 KiB with O_DIRECT, too; a new file \
            written in steps of 1 MiB with one sync at the end; SHA-256 of 1 MiB, leaf hashes of 42 bytes and node hashes in bulk; \
            Ed25519 signatures. Measured before everything else and again after it: how far the two differ is the noise.
            """
        case .waiting:
            """
            One thread files an entry of 42 bytes with 700 opaque (random) bytes, waits for its acknowledgement, files the next. Limit: the same \
            number of bytes written over a zeroed file and fdatasync'ed, in turn with it, round by round. Beside: one row a transaction in \
            SQLite, and one in PostgreSQL over one connection.
            """
        case .producers:
            """
            256 tasks do the same at once, one record in flight each; the first fifth of each round is not counted. Limit: the frames \
            of 256 entries that the disk takes a second, times 256. Beside, in turn with it: SQLite row by row, and PostgreSQL row by row \
            over 16 connections.
            """
        case .delayed:
            """
            256 producers on a disk whose every sync takes 1 ms longer. Limit: 256 times the syncs a second that the disk then counted.
            """
        case .batches:
            """
            Three threads submit 1,000 records each, wait for the last one's acknowledgement, submit the next 1,000. Limit: the lower of the \
            entries a second that a sequential write could carry and those whose leaf and node one core could hash. Beside, in turn with \
            it: SQLite with 1,000 rows a transaction, and PostgreSQL with COPY of 1,000 rows a transaction.
            """
        case .commit:
            """
            A record of 13 fields and 700 bytes is built and its commitment derived, on one core. Limit: as many bare SHA-256 blocks \
            as it needs. Receipts as tills send them are read and held against every rule, on one core; limit: the same bytes looked at \
            once; beside: the same by way of a tree of values, as unusual bodies are read.
            """
        case .desk:
            """
            256 tasks file receipts through the receipt desk of this process, one in flight each, from their JSON to the durable record: \
            read, held against every rule, numbered, chained, encrypted; the first fifth of each round is not counted. Processor time is \
            that of the whole process, the ledger's threads included. One task that waits: beside 4 KiB written and fdatasync'ed.
            """
        case .post:
            """
            `tamga serve` as it is by default, as a whole process with 100 merchants; this process is the load, and both share the \
            cores. Tills post receipts over HTTP on loopback, no two of them equal, on connections that are kept alive, each with one \
            request in flight; the first fifth of each round is not counted. A latency is from the write of the request to the end of \
            the answer, as the load sees it. Limit of 64: the same connections asking for `/healthz`, which files nothing; of one: \
            4 KiB written over a zeroed file and fdatasync'ed. In turn with it, round by round. Every acknowledged receipt must be in \
            the ledger once; any refusal ends the run.
            """
        case .ndjson:
            """
            The same service takes batches of one merchant over HTTP with the merchant's token: 100,000 rows as one stream (20,000 with \
            --quick), each form three times in turn, from the first byte sent to the last verdict read. Keys are the rows' \
            Idempotency-Keys; gzip is `gzip -6`, packed before. Every row must be filed, and be in the ledger once.
            """
        case .backlog:
            """
            100 shops, each with a token, send 10,000 receipts each (500 with --quick) to the same service as batches, eight at once, \
            while a till posts one receipt every 50 ms on a connection of its own; while one waits, those that were due meanwhile count as \
            waiting for the rest of it. Beside the till: the same before the backlog came. Memory: VmHWM of the service at the \
            end. Any row or receipt that is not filed ends the run.
            """
        case .deeds:
            """
            The same service with the trust folder of a TEST authority of three levels and 21 notaries, half of them with RSA 2048 and half \
            with P-256. Acts are powers of attorney between two persons, no two over the same document; their statements are made and signed \
            here, detached CAdES-B with the issuing certificate, before each round. 64 connections register acts of 20 notaries in turn, \
            then of one notary alone; one connection registers acts of the 20. Chain and CRL are checked by the service for each. Limit of 64: \
            the same connections asking for `/healthz`; of one: 4 KiB written and fdatasync'ed; beside: syncs, and bare verifications on one core \
            in OpenSSL, with keys of the notaries' sorts. Every acknowledged act must be in the ledger once. Status: 64 look-ups in flight, \
            each with number and access code of an act just registered, each a line of the access log that is synced before the \
            answer; ten from each address of 127.0.0.0/8, over a connection that was opened before the round and is closed after it; the \
            lines must be as many as the answers. Search: a notary asks for the acts of a client who has ten, each of which is a line of the \
            access log again; before and after `acts.sqlite` was filled up to 1,000,000 acts (100,000 with --quick) of two parties each with \
            keys of nobody: the index has that many, the ledger those that were registered.
            """
        case .scale:
            """
            The producers and the batches again with a ledger of that many entries, in turn with an empty one, round by round; and the \
            anonymous memory of a process that opened the one and the other and filed one record. Beside: SQLite of the same size.
            """
        case .proof:
            """
            Inclusion proofs of random indexes from the open ledger, on one core, all in memory; then the root that each leads to, \
            compared with the checkpoint's. Limits: as many hashes copied from random places; as many node hashes one after another.
            """
        case .lookup:
            """
            Random leaf hashes looked up with `find`, on one core, all in memory. Limit: 4 KiB read from random places of a file in \
            the page cache. Beside: the same hashes of SQLite's index. Reads: those that the disk counted on a ledger just opened, for each of \
            1,000 look-ups on their own.
            """
        case .size:
            """
            Blocks that the data folder takes on the disk for each entry, everything counted but the zeroed rest of the newest journal \
            file; beside SQLite's file. For receipts: as JSON of about 840 bytes, filed through the receipt desk.
            """
        case .open:
            """
            A new process opens the ledger, files one record and has its acknowledgement; the time begins before the folder is read. \
            Warm, and with the files dropped from the page cache before. Beside: a process that opens SQLite and adds a row.
            """
        case .audit:
            """
            `tamga audit` as a whole process, over entries without records and over receipts. Limit: leaf and node hashes on \
            all cores. Beside: the chain in SQLite derived again.
            """
        case .verify:
            "`tamga verify` of one evidence file as a whole process, beside /bin/true and `tamga --version`."
        }
    }

    /// Whether it needs the ledger that is filled first.
    var needsFilledLedger: Bool {
        switch self {
        case .scale, .proof, .lookup, .size, .open: true
        default: false
        }
    }
}
