package cli

import (
	"bytes"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// Everything the README shows is real output: each line of its demo comes out
// of the demo, in that order.
func TestTheReadmeShowsWhatTheDemoPrints(t *testing.T) {
	if testing.Short() {
		t.Skip("the demo takes some seconds")
	}
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(readme), "```\nA simulated")
	block, _, ended := strings.Cut(after, "\n```")
	if !found || !ended {
		t.Fatal("the README shows no demo")
	}
	var out, errs bytes.Buffer
	var ticks atomic.Int64
	start := time.Date(2026, 11, 22, 2, 40, 0, 0, time.UTC)
	exit := Main(t.Context(), []string{"demo"}, Process{
		Out: &out, Err: &errs, LookupEnv: os.LookupEnv,
		Now: func() time.Time { return start.Add(time.Duration(ticks.Add(1)) * time.Millisecond) },
	})
	if exit != 0 || errs.Len() > 0 {
		t.Fatalf("the demo ended with %d: %s", exit, errs.String())
	}
	t.Log(out.String())
	printed := strings.Split(out.String(), "\n")
	at := 0
	for line := range strings.SplitSeq("A simulated"+block, "\n") {
		if line == "[...]" || line == "" {
			continue
		}
		for ; at < len(printed) && printed[at] != line; at++ {
		}
		if at == len(printed) {
			t.Fatalf("the README shows %q, and the demo does not print it there:\n%s", line, out.String())
		}
	}
}
