package adapters

import "context"

// DryRun is a sink that cannot write: of the sink it is given it keeps only the
// reading side, so that there is nothing in it that a write could go through.
// Apply answers Refused to every write.
func DryRun(name string, s Sink) Sink { return dryRun{name: name, reads: s} }

// standing is the reading side of a Sink.
type standing interface {
	Standing(ctx context.Context, typ, tag, identifierSystem string, r Reader) Outcome
}

type dryRun struct {
	name  string
	reads standing
}

func (d dryRun) Standing(ctx context.Context, typ, tag, identifierSystem string, r Reader) Outcome {
	return d.reads.Standing(ctx, typ, tag, identifierSystem, r)
}

func (d dryRun) Apply(_ context.Context, writes []Write) []Answer {
	answers := make([]Answer, len(writes))
	for i, w := range writes {
		answers[i] = Answer{Answered: Refused, ID: w.ID, Err: &Error{
			Class: Rejected, System: d.name, Kind: w.Type, What: "nothing was sent: this is a dry run",
		}}
	}
	return answers
}
