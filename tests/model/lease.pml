/* The lease, in ticks: that a life is ended only when its holder no longer sends and nothing that it sent is under way, which
   replicas.pml assumes. docs/decisions/0018-replicas-share-a-journal.md says what for.

   PROCESSES
   holder()  has a life: asks for renewals, gets answers or not, looks at its deadline and sends
   judge()   another gateway: looks at the holder's count of renewals, ends it when the count has stood still for the lease
   network() delivers what the kernel of the holder still has to send
   clock()   lets a tick pass; in each, the database answers or it does not
   Holder and judge may stand still at any step for any number of ticks: that is the pause. All clocks run at the same rate
   and are never compared; all that is kept is how long ago something was.

   One tick is a second. Nothing bounds a run: all times are ages that stop to count when they are old enough. */

#ifndef LEASE
#define LEASE 6
#endif
#ifndef MARGIN
#define MARGIN 2             /* how much earlier than the lease the holder stops to send */
#endif
#ifndef LONGEST_PAUSE
#define LONGEST_PAUSE 2      /* between two looks of the judge, without a gap */
#endif
#ifndef USER_TIMEOUT
#define USER_TIMEOUT 1       /* for how long the kernel sends on: less than MARGIN */
#endif
#ifndef STANDS_STILL
#define STANDS_STILL LEASE
#endif

#ifndef SKIP_no_late_bytes
#define SKIP_no_late_bytes 0
#endif
#ifndef SKIP_living_are_kept
#define SKIP_living_are_kept 0
#endif
#ifndef SKIP_dead_are_ended
#define SKIP_dead_are_ended 0
#endif
#define PROMISE(p) assert(p || SKIP_##p);
hidden byte no_late_bytes, living_are_kept, dead_are_ended;

#define OLD (LEASE + 2)
#define OLDER(age) age = (age < OLD -> age + 1 : OLD)

mtype:renewal = { at_rest, asked, committed };

bit answers = 1;             /* the database, during this tick */
bit ended;
/* holder */
mtype:renewal renewal = at_rest;
byte asked_ago;
byte may_send = LEASE - MARGIN + 1;  /* ticks in which it may send, this one included; 0: the deadline has passed */
bit has_looked;              /* (with LOOK_EARLY only) */
byte missed;                 /* ticks with a database that answers since the last renewal that was committed */
bit renewed_now;             /* in this tick */
/* the count of renewals: has it changed since the judge has read it? */
bit count_changed;
/* judge */
bit has_read;
bit looked_now;
byte looked_ago = OLD;
byte stood;                  /* for how long the judge has seen it unchanged */
bit gone;                    /* the judge's decision, before it is carried out */
byte quiet;                  /* ticks in a row in which the judge looked, and the holder did not renew */
/* kernel of the holder: 0, or 1 + ticks since the bytes were handed over */
byte bytes;

#ifdef NO_DEADLINE
#define DEADLINE_HOLDS true
#else
#define DEADLINE_HOLDS (may_send > 0)
#endif
#ifdef NO_RENEWALS_CAS
#define COUNT_UNCHANGED true
#else
#define COUNT_UNCHANGED (!count_changed)
#endif
#ifdef NO_GAP_RULE
#define GAP false
#else
#define GAP (looked_ago > LONGEST_PAUSE)
#endif

inline check_bytes() {
    no_late_bytes = !ended;
    PROMISE(no_late_bytes)
}

proctype holder() {
    do
    :: d_step { renewal == at_rest -> renewal = asked; asked_ago = 0 }
    :: d_step { renewal == asked && answers && !ended ->
           renewal = committed; count_changed = 1; missed = 0; renewed_now = 1 }
    :: d_step { renewal == committed ->
#ifdef FROM_THE_ANSWER
           may_send = LEASE - MARGIN + 1;
#else
           may_send = (asked_ago <= LEASE - MARGIN -> LEASE - MARGIN + 1 - asked_ago : 0);
#endif
           renewal = at_rest; asked_ago = 0 }
    :: d_step { renewal != at_rest -> renewal = at_rest; asked_ago = 0 }   /* the connection is lost */
#ifdef LOOK_EARLY
    :: d_step { !has_looked && may_send > 0 -> has_looked = 1 }
    :: d_step { has_looked && bytes == 0 -> has_looked = 0; bytes = 1; check_bytes() }
#else
    :: d_step { DEADLINE_HOLDS && bytes == 0 -> bytes = 1; check_bytes() }
#endif
    od
}

proctype judge() {
    do
    :: d_step { answers && !looked_now && !ended && !gone ->
           stood = (has_read && !count_changed && !GAP -> stood : 0);
           has_read = 1;
           count_changed = 0;
           looked_now = 1;
           looked_ago = 0;
           gone = stood >= STANDS_STILL }
    :: d_step { gone && answers ->
           gone = 0;
           if
           :: COUNT_UNCHANGED && !ended ->
               living_are_kept = missed >= LEASE / LONGEST_PAUSE - 1;
               PROMISE(living_are_kept)
               ended = 1
           :: else
           fi }
    od
}

proctype network() {
    do
    :: d_step { bytes > 0 -> bytes = 0; check_bytes() }   /* they arrive */
    :: d_step { bytes > 0 -> bytes = 0 }                  /* or the connection is reset */
    od
}

inline pass() {
    if
    :: answers && !renewed_now -> OLDER(missed)
    :: else
    fi;
    quiet = (answers && looked_now && !renewed_now && !ended -> quiet + 1 : 0);
    dead_are_ended = quiet <= LEASE + 1;
    PROMISE(dead_are_ended)
    renewed_now = 0;
    looked_now = 0;
    OLDER(looked_ago);
    OLDER(stood);
    asked_ago = (renewal == at_rest || asked_ago == OLD -> asked_ago : asked_ago + 1);
    bytes = (bytes == 0 || bytes > USER_TIMEOUT -> 0 : bytes + 1)
}

proctype clock() {
    do
    :: atomic {
           if
           :: d_step { pass(); may_send = (may_send > 0 -> may_send - 1 : 0) }
#ifdef MONOTONIC_CLOCK
           :: d_step { pass() }                           /* the holder's machine is suspended */
#endif
           fi;
           if
           :: answers = 1
           :: answers = 0
           fi
       }
    od
}

init {
    atomic {
        run holder();
        run judge();
        run network();
        run clock()
    }
}
