/* Everything that no gateway controls. Included by replicas.pml. */

/* The request for i of life x reaches the platform, which executes it. */
inline arrive(x, i) {
    effects[i] = (safe[i] -> 1 : effects[i] + 1);
    never_doubled = effects[i] <= 1 + retries[i];
    PROMISE(never_doubled)
    totals_rise = !safe[i] || TOTAL(i) >= confirmed;
    PROMISE(totals_rise)
    failed_is_true = rows[i].state != failed;
    PROMISE(failed_is_true)
    one_at_a_time = !(IS_OPEN(OTHER(i)) && rows[OTHER(i)].started);
    PROMISE(one_at_a_time)
    WIRE(x, i) = (AWAITED(x, i) -> answered_executed : nothing)
}

#define LEASE(x) \
    :: d_step { x < next_life && !LEASE_OVER(x) && NOTHING_UNDER_WAY(x) && FAULT -> faults++; lease_over[x] = 1 }
/* It arrives; it arrives and is not executed; it or its answer is lost; its sender is dead and it never left. */
#define WAY(x, i) \
    :: d_step { WIRE(x, i) == under_way -> arrive(x, i) } \
    :: d_step { WIRE(x, i) == under_way && FAULT && AWAITED(x, i) -> faults++; WIRE(x, i) = answered_not_executed } \
    :: d_step { WIRE(x, i) != nothing && FAULT && AWAITED(x, i) -> faults++; WIRE(x, i) = nothing } \
    :: d_step { WIRE(x, i) == under_way && !AWAITED(x, i) -> WIRE(x, i) = nothing }
#define LIFE(x) LEASE(x) WAY(x, 0) WAY(x, 1)

inline check_answers(i) {
    answers_stand = told[i] == absent || told[i] == open && rows[i].state != absent || told[i] == rows[i].state;
    PROMISE(answers_stand)
}

/* An operator has an unknown one sent again; any gateway may take it then. */
#define RETRY(i) \
    :: d_step { rows[i].state == unknown && FAULT -> \
           faults++; \
           retries[i]++; \
           rows[i].state = open; \
           rows[i].place = next_place; \
           next_place++; \
           keep_tail() }

/* A gateway answers by a read. What only the primary has is not shown by a server that waits for its standby, but is by one
   that has crashed and started again: reads wait until a commit on this server has been confirmed. */
#ifdef READS_AT_ONCE
#define READABLE true
#else
#define READABLE (!tail.only_here)
#endif
#define READ(i) \
    :: d_step { READABLE && (rows[i].state == succeeded || rows[i].state == failed) && told[i] != rows[i].state -> \
           told[i] = rows[i].state }

/* When nothing can happen any more, nothing may be left. */
inline check_end() {
    everything_ends = true;
    for (m : 0 .. W - 1) {
        everything_ends = everything_ends && rows[m].state != absent && !IS_OPEN(m)
    }
    for (m : 0 .. R - 1) {
        everything_ends = everything_ends && gateways[m].doubt == op_none
    }
    for (m : 0 .. R * W - 1) {
        everything_ends = everything_ends && tasks[m].step == idle
    }
    m = 0;
    PROMISE(everything_ends)
    check_answers(0);
    check_answers(1)
}

/* A batch of a lost connection is executed late or not at all; see LIFE, RETRY for the rest. */
proctype world() {
end:
    do
    LIFE(1) LIFE(2) LIFE(3)
#if R + FAULTS > 3
    LIFE(4)
#endif
#if R + FAULTS > 4
    LIFE(5)
#endif
#if R + FAULTS > 5
    LIFE(6)
#endif
    RETRY(0)
    RETRY(1)
    READ(0)
    READ(1)
    :: d_step { floating.op != op_none ->
           b_op = floating.op; b_about = floating.about; b_number = floating.number; b_verdict = floating.verdict;
           b_life = floating.life; b_connection = floating.connection; b_maker = floating.maker;
           apply(b_op, b_about, b_number, b_verdict, b_life, b_connection, b_maker);
           looks_are_final = !(wrote && floating.concluded);
           PROMISE(looks_are_final)
           if
           :: wrote -> keep_tail()
           :: else
           fi;
           no_floating() }
    :: d_step { floating.op != op_none -> no_floating() }
    :: d_step { tail.only_here ->   /* a failover to a standby that has not got it */
           b_about = tail.about;
           copy_row(rows[b_about], tail.before);
           confirmed = tail.confirmed;
           no_floating();
           check_answers(b_about);
           keep_tail() }
    :: atomic { timeout -> check_end() } -> break
    od
}
