package jobs

// The steps of a night, in their order: the places between which its process may die
// without anything being lost or doubled. "pulled" and "stored" come once for each
// kind, "noted" before each batch of the writes and after the last one, "sending" and
// "written" once for each part of a batch. Those of a handover are named where it is sent.
const (
	stepLeased    = "leased"     // nobody else runs the job
	stepBegun     = "begun"      // the run is recorded
	stepPulled    = "pulled"     // a kind was read whole, and is not stored yet
	stepStored    = "stored"     // it is, with its checkpoint
	stepJudged    = "judged"     // every client
	stepStood     = "stood"      // what stands was read
	stepCompared  = "compared"   // the changes are known, and pass the guard next
	stepNoted     = "noted"      // the audit log knows what is written next, and what became of what went before
	stepSending   = "sending"    // a part of that goes next
	stepWritten   = "written"    // and was answered
	stepApplied   = "applied"    // no write is left
	stepForgotten = "forgotten"  // what the baseline no longer holds
	stepFinished  = "finished"   // the run's end is recorded
	stepGivenBack = "given-back" // another run may begin
)

// step names a place at which the process may die. Tests stop there.
func (j *Job) step(name string) {
	if j.atStep != nil {
		j.atStep(name)
	}
}
