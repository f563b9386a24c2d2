/* Several gateways on one journal, checked exhaustively with spin: docs/decisions/0018-replicas-share-a-journal.md says what
   for, docs/development.md, The model of the replicas, how to run it.

   PROCESSES
   driver(g, i)  the life of redemption i in gateway g: accept or take over, start an attempt, send, settle, tell late
   keeper(g)     the rest of gateway g: end a fellow and free what it had; find out that it was ended itself, and begin a new
                 life; bring a batch in doubt to its end; be killed and started again
   world()       what nobody controls: leases run out; requests arrive or are lost, the platform executes them or not; a batch
                 of a lost connection is executed late; the database fails over; an operator has an unknown one sent again
   Each step is atomic: a step on the journal is one committed transaction. A gateway may stand still between any two steps,
   for any time: that is the pause.

   PROMISES
   never_doubled      a redemption that is not replay-safe is executed once, and once more for each retry by an operator
   one_at_a_time      no attempt starts, and no request arrives, while another redemption of the order has an attempt under way
                      (an attempt of the same one may: a taker repeats what is replay-safe)
   totals_rise        no total reaches the platform that is below one that has succeeded
   failed_is_true     what failed was not executed and never will be
   succeeded_is_true  what succeeded was executed
   answers_stand      what a caller was told (taken, succeeded, failed) stays true: nothing is lost
   looks_are_final    what a look after a lost commit did not find is not written later
   everything_ends    when nothing can happen any more, each redemption is final or unknown and nobody holds anything

   BOUNDS
   R gateways, W = 2 redemptions of one order, each of them replay-safe or not. FAULTS is how many things go wrong in one run,
   in any mixture: a process is killed; a lease is lost; a request or an answer is lost; the platform does not execute; there is
   no connection to it; a batch's answer is lost (then a failover may forget its commit, or it is executed late); one that
   waits expires, or is given back; an operator's retry. Nothing else bounds a run: attempts and lives need faults.

   TIME
   The one assumption about time: a lease is over (lease_over) only when its holder's look at the send deadline refuses and
   nothing that it sent is under way any more; and only then a fellow ends it. NO_DEADLINE, NO_USER_TIMEOUT and NO_LEASE take
   its three parts away. lease.pml has the ticks and shows on what it rests.

   LEFT OUT
   Refusals by the platform, resolutions by an operator, aliases of an order, keys that are used twice: they add no step of
   another kind. Batches of several operations: each is one operation here. */

#ifndef FAULTS
#define FAULTS 2
#endif
#ifndef R
#define R 2                          /* gateways */
#endif
#define W 2                          /* redemptions */
#define LIVES (R + FAULTS + 1)       /* numbers of lives: each crash and each lost lease costs one; 0 is nobody */
#define ATTEMPTS (FAULTS + 2)        /* numbers of attempts: each but the first needs a fault before it; 0 is not used */
#define TOTAL(i) ((i) + 1)           /* the running total that a replay-safe redemption carries */

mtype:state = { absent, open, unknown, succeeded, failed };
mtype:op = { op_none, op_accept, op_start, op_settle, op_give_up, op_take, op_close, op_give_back, op_tell_late };
mtype:verdict = { none, executed, not_executed, ambiguous };
/* Where a driver is: nothing to do here; owned, no attempt under way; taken over with an attempt without an end; the start of
   an attempt is durable; its request has been handed to the kernel; it has ended and is not settled; it has ended after its
   life was ended. */
mtype:step = { idle, waiting, broken, begun, sent, ending, late };
mtype:request = { nothing, under_way, answered_executed, answered_not_executed };

/* -DSKIP_never_doubled=1 makes spin go on where that promise is broken, and so on. */
#ifndef SKIP_never_doubled
#define SKIP_never_doubled 0
#endif
#ifndef SKIP_one_at_a_time
#define SKIP_one_at_a_time 0
#endif
#ifndef SKIP_totals_rise
#define SKIP_totals_rise 0
#endif
#ifndef SKIP_failed_is_true
#define SKIP_failed_is_true 0
#endif
#ifndef SKIP_succeeded_is_true
#define SKIP_succeeded_is_true 0
#endif
#ifndef SKIP_answers_stand
#define SKIP_answers_stand 0
#endif
#ifndef SKIP_looks_are_final
#define SKIP_looks_are_final 0
#endif
#ifndef SKIP_everything_ends
#define SKIP_everything_ends 0
#endif
#define PROMISE(p) assert(p || SKIP_##p);
hidden byte never_doubled, one_at_a_time, totals_rise, failed_is_true, succeeded_is_true, answers_stand, looks_are_final,
    everything_ends;

bit safe[W];                 /* replay-safe: the platform executes repetitions once */
byte effects[W];             /* how often the platform executed it */
byte retries[W];             /* how often an operator had it sent again */
mtype:state told[W];         /* what a caller was told and must stay true: open (taken), succeeded, failed */
byte faults;                 /* those used up */
bit lease_over[LIVES];

#include "replicas_journal.pml"

mtype:request wire[LIVES * W];       /* the request for i of a life, or its answer */
#define WIRE(l, i) wire[(l) * W + (i)]

typedef gateway_state {
    byte life;               /* its number in the table replicas */
    byte connection;
    mtype:op doubt;          /* the batch that was sent and not confirmed */
    byte about;              /* the redemption of that batch */
}
gateway_state gateways[R];

typedef task {
    mtype:step step;
    byte number;             /* of the attempt under way, or else of the last one */
    byte life;               /* the one under which that attempt was started */
    mtype:verdict verdict;
}
task tasks[R * W];           /* of driver(g, i) */

#include "replicas_gateway.pml"
#include "replicas_world.pml"

init {
    atomic {
#ifdef KINDS                 /* one of the four mixtures, so that they can be checked one by one */
        safe[0] = KINDS & 1;
        safe[1] = KINDS >> 1;
#else
        if
        :: safe[0] = 0
        :: safe[0] = 1
        fi;
        if
        :: safe[1] = 0
        :: safe[1] = 1
        fi;
#endif
        byte k;
        for (k : 0 .. LIVES * W - 1) {
            wire[k] = nothing
        }
        for (k : 0 .. W - 1) {
            rows[k].state = absent;
            told[k] = absent
        }
        tail.before.state = absent;
        no_floating();
        for (k : 0 .. R * W - 1) {
            rest(tasks[k])
        }
        run world();
        for (k : 0 .. R - 1) {
            gateways[k].doubt = op_none;
            gateways[k].life = k + 1;
            run keeper(k);
            run driver(k, 0);
            run driver(k, 1)
        }
        k = 0
    }
}
