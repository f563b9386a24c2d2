/* One gateway: its drivers and its keeper. Included by replicas.pml. */

#define ME gateways[g]
#define T tasks[g * W + i]
#define AT_WORK (ME.doubt == op_none && FENCE(ME.life, ME.connection))
#define FAULT (faults < FAULTS)
#ifdef NO_DEADLINE
#define MAY_SEND(l) true
#else
#ifdef NEW_LEASE_FOR_OLD_ATTEMPT
#define MAY_SEND(l) (!lease_over[ME.life])
#else
#define MAY_SEND(l) (!lease_over[l])
#endif
#endif

inline rest(t) {
    t.step = idle;
    t.number = 0;
    t.life = 0;
    t.verdict = none
}

inline attempt_over(v) {
    T.verdict = v;
    T.step = (T.life == ME.life -> ending : late)
}

/* What a gateway makes of an operation that it knows to be committed. */
inline learn(o) {
    if
    :: o == op_accept ->
        if
        :: IS_OPEN(i) && rows[i].started ->
            told[i] = open; T.step = begun; T.number = 1; T.life = ME.life
        :: IS_OPEN(i) && !rows[i].started -> told[i] = open; T.step = waiting
        :: else -> told[i] = rows[i].state
        fi
    :: o == op_start -> T.number++; T.step = begun; T.life = ME.life
    :: o == op_settle || o == op_close || o == op_give_up || o == op_take ->
        if
        :: IS_OPEN(i) ->
            T.number = rows[i].attempt;
            T.life = 0;
            T.verdict = none;
            T.step = (o == op_take && rows[i].started -> broken : waiting)
        :: else ->
            if
            :: rows[i].state == succeeded || rows[i].state == failed -> told[i] = rows[i].state
            :: else
            fi;
            rest(T)
        fi
    :: o == op_give_back || o == op_tell_late -> rest(T)
    fi
}

inline fill(o) {
    b_op = o;
    b_about = i;
    b_number = (o == op_start || o == op_accept -> T.number + 1 : T.number);
    b_verdict = T.verdict;
    b_life = ME.life;
    b_connection = ME.connection;
    b_maker = T.life
}

#define ACCEPTS (T.step == idle && rows[i].state == absent && (i > 0 || g == 0) && SEEN(i))
#define TAKES (T.step == idle && IS_OPEN(i) && rows[i].owner == 0)
#define STARTS (T.step == waiting && !lease_over[ME.life] && CAN_START(i, T.number + 1, ME.life))
#define OVERTAKEN (T.step == waiting && TURN(i) && !RISES(i))
#define MAY_STOP (T.step == waiting && FAULT)

/* The life of one redemption in one gateway. An operation on the journal runs and is confirmed, or the connection breaks
   after it was sent. */
proctype driver(byte g; byte i) {
    mtype:op o = op_none;
end:
    do
    :: atomic {
           AT_WORK && (ACCEPTS || TAKES || T.step == broken || STARTS || OVERTAKEN || MAY_STOP || T.step == ending || T.step == late) ->
           if
           :: ACCEPTS -> o = op_accept
           :: TAKES -> o = op_take
           :: T.step == broken -> o = op_close
           :: STARTS -> o = op_start
           :: OVERTAKEN -> o = op_give_up
           :: MAY_STOP && rows[i].doubts == 0 -> faults++; o = op_give_up   /* expired */
           :: MAY_STOP -> faults++; o = op_give_back
           :: T.step == ending -> o = op_settle
           :: T.step == late -> o = op_tell_late
           fi;
           if
           :: d_step {
                  fill(o);
                  apply(b_op, b_about, b_number, b_verdict, b_life, b_connection, b_maker);
                  if
                  :: wrote -> keep_tail(); learn(o)
                  :: !wrote && o == op_settle -> T.step = late
                  :: else -> rest(T)
                  fi;
                  o = op_none
              }
           :: d_step {
                  FAULT && floating.op == op_none ->   /* committed on the primary, the answer is lost */
                  faults++;
                  keep_tail();
                  tail.only_here = 1;
                  tail.about = i;
                  tail.confirmed = confirmed;
                  copy_row(tail.before, rows[i]);
                  fill(o);
                  apply(b_op, b_about, b_number, b_verdict, b_life, b_connection, b_maker);
                  ME.doubt = o;
                  ME.about = i;
                  o = op_none
              }
           :: d_step {
                  FAULT && floating.op == op_none ->   /* not executed yet */
                  faults++;
                  fill(o);
                  float();
                  ME.doubt = o;
                  ME.about = i;
                  o = op_none
              }
           fi
       }
#ifdef NO_LINE_LOCK
    :: d_step { AT_WORK && T.step == idle && rows[i].state == absent && (i > 0 || g == 0) && !seen[i] ->
           seen[i] = 1; seen_free[i] = LINE_FREE(i) }
#endif
    :: d_step { T.step == waiting && ME.doubt == op_none && !(IS_OPEN(i) && rows[i].owner == ME.life) -> rest(T) }
    :: d_step { T.step == begun && MAY_SEND(T.life) -> T.step = sent; WIRE(T.life, i) = under_way }
    :: d_step { T.step == begun && !MAY_SEND(T.life) -> attempt_over(not_executed) }
    :: d_step { T.step == begun && FAULT -> faults++; attempt_over(not_executed) }   /* no connection to the platform */
    :: d_step { T.step == sent && WIRE(T.life, i) == answered_executed -> WIRE(T.life, i) = nothing; attempt_over(executed) }
    :: d_step { T.step == sent && WIRE(T.life, i) == answered_not_executed ->
           WIRE(T.life, i) = nothing; attempt_over(not_executed) }
    :: d_step { T.step == sent && WIRE(T.life, i) == nothing -> attempt_over(ambiguous) }
#ifdef NO_RESET
    :: d_step { T.step == sent && WIRE(T.life, i) == under_way && FAULT -> faults++; attempt_over(ambiguous) }
#endif
    od
}

#ifdef NO_OWNER_IN_LOOK
#define SEEN_OWN(i, l) true
#else
#define SEEN_OWN(i, l) (rows[i].owner == (l))
#endif

/* The new connection has locked the own row and raised its number: the batch in doubt is in, or never will be. */
inline conclude(i) {
    if
    :: ME.doubt == op_accept && IS_OPEN(i) && SEEN_OWN(i, ME.life) -> learn(op_accept)   /* the id in the row is its own */
    :: ME.doubt == op_start && IS_OPEN(i) && SEEN_OWN(i, ME.life) && rows[i].attempt == T.number + 1 && rows[i].started ->
        learn(op_start)
    :: (ME.doubt == op_settle || ME.doubt == op_close) &&
            !(IS_OPEN(i) && rows[i].attempt == T.number && rows[i].started) -> learn(ME.doubt)
    :: ME.doubt == op_give_up && !IS_OPEN(i) -> learn(op_give_up)
    :: ME.doubt == op_take && IS_OPEN(i) && rows[i].owner == ME.life -> learn(op_take)
    :: ME.doubt == op_give_back && !(IS_OPEN(i) && rows[i].owner == ME.life) -> learn(op_give_back)
    :: else ->
        if
        :: floating.op != op_none && floating.life == ME.life -> floating.concluded = 1
        :: else
        fi
    fi;
    ME.doubt = op_none;
    ME.about = 0
}

/* What becomes of the work of a life that was ended. */
inline dispossess(i) {
    if
#ifdef SILENT_ABOUT_DOUBTED_STARTS
    :: ME.doubt == op_start && ME.about == i -> rest(T)
#else
    :: ME.doubt == op_start && ME.about == i ->   /* nothing was sent, whether the start was written or not */
        T.step = late; T.number = T.number + 1; T.life = ME.life; T.verdict = not_executed
#endif
    :: (T.step == waiting || T.step == broken) && !(ME.doubt == op_start && ME.about == i) -> rest(T)
    :: T.step == ending -> T.step = late
    :: else
    fi
}

inline enrol() {
    ME.life = next_life;
    ME.connection = 0;
    next_life++
}

#ifdef ONE_SNAPSHOT
byte seen_owner[R * W];
#define FREED(i, x) (rows[i].owner == x && seen_owner[g * W + i] == x)
#else
#define FREED(i, x) (rows[i].owner == x)
#endif

inline free(x) {
    for (m : 0 .. W - 1) {
        if
        :: FREED(m, x) -> rows[m].owner = 0
        :: else
        fi
    }
    m = 0
}

/* One transaction: ends a life and then, in a second statement with a snapshot of its own, frees what it had. */
inline end_life(x) {
    ended[x] = 1;
    free(x);
    keep_tail()
}

#if R > 2
#define HOLDER_LIVES(x) (gateways[0].life == (x) || gateways[1].life == (x) || gateways[2].life == (x) || HAS_TASK(x, 0) || \
    HAS_TASK(x, 1) || HAS_TASK(x, 2) || HAS_TASK(x, 3) || HAS_TASK(x, 4) || HAS_TASK(x, 5))
#define AWAITED(x, i) (AWAITS(x, i) || AWAITS(x, W + (i)) || AWAITS(x, 2 * W + (i)))
#else
#define HOLDER_LIVES(x) (gateways[0].life == (x) || gateways[1].life == (x) || HAS_TASK(x, 0) || HAS_TASK(x, 1) || \
    HAS_TASK(x, 2) || HAS_TASK(x, 3))
#define AWAITED(x, i) (AWAITS(x, i) || AWAITS(x, W + (i)))
#endif
#define HAS_TASK(x, k) (tasks[k].life == (x))
#define AWAITS(x, k) (tasks[k].step == sent && tasks[k].life == (x))
#ifdef NO_USER_TIMEOUT
#define NOTHING_UNDER_WAY(x) true
#else
#define NOTHING_UNDER_WAY(x) (WIRE(x, 0) != under_way && WIRE(x, 1) != under_way)
#endif
/* The lease of a dead process runs out by itself, that of a living one only when something goes wrong. */
#define LEASE_OVER(x) (lease_over[x] || !HOLDER_LIVES(x) && NOTHING_UNDER_WAY(x))

/* The keeper has a connection of its own: it judges also while a batch of the drivers is in doubt. */
#define FELLOW(x) (x < next_life && x != ME.life && !ended[x])
#if defined NO_LEASE
#define JUDGE(x) \
    :: d_step { FELLOW(x) && LEASE_OVER(x) -> end_life(x) } \
    :: d_step { FELLOW(x) && !LEASE_OVER(x) && FAULT -> faults++; end_life(x) }
#elif defined ONE_SNAPSHOT
#define JUDGE(x) \
    :: d_step { FELLOW(x) && LEASE_OVER(x) && judged == 0 -> \
           judged = x; \
           for (i : 0 .. W - 1) { \
               seen_owner[g * W + i] = rows[i].owner \
           } \
           i = 0 } \
    :: d_step { judged == x -> if :: FELLOW(x) -> end_life(x) :: else fi; judged = 0 }
#elif defined TWO_TRANSACTIONS
#define JUDGE(x) \
    :: d_step { FELLOW(x) && LEASE_OVER(x) && judged == 0 -> judged = x; ended[x] = 1; keep_tail() } \
    :: d_step { judged == x -> judged = 0; free(x); keep_tail() }
#else
#define JUDGE(x) :: d_step { FELLOW(x) && LEASE_OVER(x) -> end_life(x) }
#endif

/* What a gateway does beside its redemptions. */
proctype keeper(byte g) {
    byte i;
#if defined ONE_SNAPSHOT || defined TWO_TRANSACTIONS
    byte judged;
#endif
end:
    do
    :: d_step { ended[ME.life] ->
           for (i : 0 .. W - 1) {
               dispossess(i)
           }
           i = 0;
           ME.doubt = op_none;
           ME.about = 0;
           enrol() }
    :: d_step { !ended[ME.life] && ME.doubt != op_none ->
#ifndef NO_BARRIER
           connection[ME.life]++;
           ME.connection = connection[ME.life];
           keep_tail();
#endif
           i = ME.about;
           conclude(i);
           i = 0 }
    :: d_step { FAULT ->   /* killed, and started again */
           faults++;
           ME.doubt = op_none;
           ME.about = 0;
           for (i : 0 .. W - 1) {
               if
               :: T.step == sent && WIRE(T.life, i) != under_way -> WIRE(T.life, i) = nothing
               :: else
               fi;
               rest(T)
           }
           i = 0;
#ifdef TWO_TRANSACTIONS
           judged = 0;
#endif
           enrol() }
    JUDGE(1) JUDGE(2) JUDGE(3)
#if R + FAULTS > 3
    JUDGE(4)
#endif
#if R + FAULTS > 4
    JUDGE(5)
#endif
#if R + FAULTS > 5
    JUDGE(6)
#endif
    od
}

