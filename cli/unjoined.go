package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"brygga/care/rules"
	"brygga/jobs"
)

func (a *app) unjoinedCommand() *cobra.Command {
	var csvFile string
	cmd := &cobra.Command{
		Use:   "unjoined",
		Short: "For IT: who could not be joined across systems, and who is not found where Tasks go",
		Long: "Clients, staff and units whom one system has and no other knows by the same identifier, or who could be\n" +
			"several; and clients who are not found in the system that receives Flags and Tasks, for whom nothing is\n" +
			"written. By references only, from the facts of the last pull.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.unjoined(cmd.Context(), csvFile) },
	}
	cmd.Flags().StringVar(&csvFile, "csv", "", "write the list to `FILE`, as a Swedish Excel opens it")
	return cmd
}

// unjoinedWords are the words of the list, in both languages.
var unjoinedWords = map[string]rules.Text{
	"system":                     {SV: "System", EN: "System"},
	"kind":                       {SV: "Slag", EN: "Kind"},
	"reference":                  {SV: "Referens", EN: "Reference"},
	"why":                        {SV: "Varför", EN: "Why"},
	"client":                     {SV: "person", EN: "client"},
	"staff":                      {SV: "personal", EN: "staff"},
	"unit":                       {SV: "enhet", EN: "unit"},
	string(jobs.NobodyElsewhere): {SV: "finns inte i något annat system", EN: "is known by no other system"},
	string(jobs.SeveralPossible): {SV: "kan vara flera, och kopplas till ingen", EN: "could be more than one, and is joined to none"},
	string(jobs.NotInReceiver):   {SV: "finns inte i %s, som tar emot uppgifter", EN: "is not found in %s, which receives Tasks"},
}

// unjoinedSheet is the list as a table.
func unjoinedSheet(l *jobs.UnjoinedList, language string) sheet {
	say := func(word string) string { return inWords(unjoinedWords[word], language) }
	s := sheet{head: []string{say("system"), say("kind"), say("reference"), say("why")}}
	for _, u := range l.Lines {
		why := say(string(u.Why))
		if strings.Contains(why, "%s") {
			why = fmt.Sprintf(why, l.Receiver)
		}
		s.rows = append(s.rows, []string{u.System, say(u.Kind), string(u.Ref), why})
	}
	return s
}

func (a *app) unjoined(ctx context.Context, csvFile string) error {
	cfg, s, err := a.stored(ctx)
	if err != nil {
		return err
	}
	l := jobs.MakeUnjoined(s)
	return a.shown(l, saved{csvFile: func() ([]byte, error) { return csvOf([]sheet{unjoinedSheet(l, cfg.Language)}) }}, func() {
		fmt.Fprintf(a.Out, "%s, by the facts read %s\n", cfg.Tenant, clock(s.Read))
		for _, name := range l.Unsure {
			fmt.Fprintf(a.Out, "! %s: not all of its people and units could be read in the last run; the list may be wrong where it concerns them\n", name)
		}
		if len(l.Lines) == 0 {
			fmt.Fprintln(a.Out, "Everybody is joined.")
			return
		}
		t, sheet := a.table(""), unjoinedSheet(l, "en")
		t.head(sheet.head...)
		for _, row := range sheet.rows {
			t.row(row[0], row[1], row[2], row[3])
		}
		t.write(a.Out)
		fmt.Fprintf(a.Out, "%s. Correct the identifier in one of the systems; the next run joins them.\n", count(len(l.Lines), "line"))
	})
}
