package notify

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

// shelf keeps documents in memory, and fails when it is told to.
type shelf struct {
	docs            map[string][]byte
	noRead, noWrite bool
}

func (s *shelf) Doc(_ context.Context, name string) ([]byte, bool, error) {
	if s.noRead {
		return nil, false, errors.New("the disk is gone")
	}
	v, ok := s.docs[name]
	return v, ok, nil
}

func (s *shelf) PutDoc(_ context.Context, name string, v []byte) error {
	if s.noWrite {
		return errors.New("the disk is full")
	}
	if s.docs == nil {
		s.docs = map[string][]byte{}
	}
	s.docs[name] = v
	return nil
}

// A receiver that is away for some nights gets everything when it is back, in order,
// and nothing twice; the other sender is not kept waiting.
func TestWhatCouldNotBeSentIsSentAfterTheNextRun(t *testing.T) {
	kept := &shelf{}
	web, post := newReceiver(t, 500, 500, 500, 500, 500, 500, 200), newPostOffice(t, postOfficeFaults{})
	for n, troubles := range [][]Trouble{{reading("journal", "visit")}, {}, {guarded}, {guarded}} {
		hook, _ := webhookTo(t, web.URL)
		// A new process each night.
		teller := &Teller{Shelf: kept, Senders: []Sender{hook, mailTo(t, post)}}
		err := teller.Tell(t.Context(), nightOf(n, troubles...))
		if wantErr := n < 2; (err != nil) != wantErr {
			t.Fatalf("night %d: %v", n, err)
		}
	}
	if len(post.letters) != 3 {
		t.Errorf("%d letters, want 3", len(post.letters))
	}
	var answered []string
	for _, b := range web.bodies[6:] { // two nights of three tries failed
		switch s := string(b); {
		case strings.Contains(s, `"kind":"visit"`):
			answered = append(answered, "begun")
		case strings.Contains(s, `"over":[{"system":"journal"`):
			answered = append(answered, "over")
		case strings.Contains(s, `"sort":"guard"`):
			answered = append(answered, "guard")
		}
	}
	if got := strings.Join(answered, " "); got != "begun over guard" {
		t.Errorf("the webhook got %q in the end, want every message once and in order", got)
	}
}

func TestJobsAreToldOfApart(t *testing.T) {
	kept, web := &shelf{}, newReceiver(t, 200)
	hook, _ := webhookTo(t, web.URL)
	teller := &Teller{Shelf: kept, Senders: []Sender{hook}}
	failing := nightOf(1, reading("journal", "visit"))
	well := nightOf(2)
	well.Job = "retention"
	for _, run := range []Run{failing, well} {
		if err := teller.Tell(t.Context(), run); err != nil {
			t.Fatal(err)
		}
	}
	if len(web.bodies) != 1 {
		t.Errorf("%d messages: another job that is well does not make this one well", len(web.bodies))
	}
}

func TestTheLedgerCannotBeKept(t *testing.T) {
	for _, c := range []struct {
		name  string
		shelf *shelf
		posts int
		says  string
	}{
		{"a full disk is a reason to tell", &shelf{noWrite: true}, 1, "may be told again"},
		{"who cannot know what was told tells nothing every night", &shelf{noRead: true}, 0, "cannot be read"},
		{"a ledger that is no ledger is said", &shelf{docs: map[string][]byte{"notify/reconcile": []byte("{")}}, 0, "cannot be read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			web := newReceiver(t, 200)
			hook, _ := webhookTo(t, web.URL)
			err := (&Teller{Shelf: c.shelf, Senders: []Sender{hook}}).Tell(t.Context(), nightOf(1, guarded))
			if err == nil || !strings.Contains(err.Error(), c.says) || len(web.bodies) != c.posts {
				t.Errorf("error %v and %d posts", err, len(web.bodies))
			}
		})
	}
}

func TestNobodyToTell(t *testing.T) {
	var none *Teller
	if err := errors.Join(none.Tell(t.Context(), nightOf(1, guarded)), (&Teller{}).Tell(t.Context(), nightOf(1, guarded))); err != nil {
		t.Error(err)
	}
}

func FuzzLedger(f *testing.F) {
	f.Add([]byte(`{"spells":{"system/a":{"troubles":["read/visit"]}},"waiting":[{"message":{},"senders":["webhook"]}]}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := (&Teller{Shelf: &shelf{docs: map[string][]byte{"notify/x": b}}}).load(t.Context(), "x")
		if err != nil {
			return
		}
		if after, _ := Decide(l, Run{Job: "x", Ended: time.Unix(0, 0), Whole: true}, []string{"webhook"}); len(after.Spells) != 0 {
			t.Error("something still fails after a run without troubles")
		}
	})
}
