package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"brygga/adapters"
	"brygga/jobs"
	"brygga/store"
)

func (a *app) auditCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "The log of who was shown and wrote what: is it as brygga wrote it, and what is in it",
		Long: "Names that are read, writes of a run, handovers, a baseline and a changed configuration leave an entry in the\n" +
			"audit log; what a run writes leaves one before it is sent, and one that says what became of it. Each entry holds the\n" +
			"hash of the one before it and is signed under keys.audit, so that a changed, removed, inserted or moved entry is\n" +
			"found. `brygga audit show CLIENT` answers why something of one client was handed\n" +
			"over, to whom, on which consent, and what became of it.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var expect string
	verify := &cobra.Command{
		Use:   "verify",
		Short: "Find the first entry that is not as brygga wrote it",
		Long: "Goes through the whole log. What it prints at the end, COUNT:HEAD, is to be kept elsewhere: given as --expect\n" +
			"later, it shows also that nobody put back the whole file as it once was. It says too of which writes the log does not\n" +
			"know yet what became of them. Exit code 1 where something is wrong.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.auditVerify(cmd.Context(), expect) },
	}
	verify.Flags().StringVar(&expect, "expect", "", "`COUNT:HEAD` that an earlier verify printed")
	var format string
	export := &cobra.Command{
		Use:   "export",
		Short: "Print the log, one JSON object per line",
		Long: "Each line is {\"entry\":{...},\"hash\":\"...\",\"mac\":\"...\"}: hash is the SHA-256 of the 32 bytes of the hash before it\n" +
			"(zeros before the first) and the bytes of entry as they stand there. With --format fhir each line is a FHIR R4\n" +
			"AuditEvent, for an archive of such: its id is the hash, and only the first form can be verified.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.auditExport(cmd.Context(), format) },
	}
	export.Flags().StringVar(&format, "format", "ndjson", "`ndjson`, or fhir")
	cmd.AddCommand(a.auditShowCommand(), verify, export)
	return cmd
}

// verifiedLog is what verify says, for programs.
type verifiedLog struct {
	Count  int64        `json:"count"`          // of entries that are right
	From   int64        `json:"from,omitempty"` // how many of them were removed when they were old enough
	Head   string       `json:"head"`           // the hash of the last of them
	Mark   string       `json:"mark"`           // both, as --expect takes them
	Open   []int64      `json:"open,omitempty"` // entries of which none says what became of what they begin
	Broken *brokenEntry `json:"broken,omitempty"`
}

type brokenEntry struct {
	Entry int64  `json:"entry"`
	What  string `json:"what"`
}

func (a *app) auditVerify(ctx context.Context, expect string) (err error) {
	var mark *store.AuditMark
	if expect != "" {
		m, err := store.ParseAuditMark(expect)
		if err != nil {
			return usage("--expect: %w", err)
		}
		mark = &m
	}
	var v *verifiedLog
	err = a.auditLog(ctx, func(t *store.Tenant, key []byte) error {
		v, err = verified(ctx, t, key, mark)
		return err
	})
	if err != nil {
		return err
	}
	if a.json() {
		err = a.printJSON(v)
	} else {
		a.verifiedView(v)
	}
	if err == nil && v.Broken != nil {
		return code(jobs.ExitFailed)
	}
	return err
}

// auditLog opens the log, with the key that signed it.
func (a *app) auditLog(ctx context.Context, do func(t *store.Tenant, key []byte) error) (err error) {
	cfg, err := a.load()
	if err != nil {
		return err
	}
	if !cfg.Keys.Audit.Set() {
		return usage("keys.audit is not set: without the key that signed the log nothing can be said of it; set it as it was when names were read")
	}
	key, err := cfg.Keys.Audit.Key(ctx)
	if err != nil {
		return fmt.Errorf("keys.audit: %w", err)
	}
	st, _, err := jobs.OpenStore(ctx, cfg, a.logger())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	return do(st.Tenant(cfg.Tenant), key)
}

// verified goes through the whole log.
func verified(ctx context.Context, t *store.Tenant, key []byte, mark *store.AuditMark) (*verifiedLog, error) {
	s, err := t.VerifyAudit(ctx, key, mark)
	if err != nil {
		return nil, err
	}
	v := &verifiedLog{Count: s.Count, From: s.From, Head: s.Head, Mark: store.AuditMark{Count: s.Count, Head: s.Head}.String(), Open: s.Open}
	if s.Broken != nil {
		v.Broken = &brokenEntry{s.Broken.N, s.Broken.What}
	}
	return v, nil
}

func (a *app) verifiedView(v *verifiedLog) {
	if b := v.Broken; b != nil {
		fmt.Fprintf(a.Out, "! The audit log is not as brygga wrote it: entry %d %s.\n", b.Entry, b.What)
		fmt.Fprintf(a.Out, "Keep the file as it is, find out who could write to it, and compare with a backup of the store.\n")
		return
	}
	for _, n := range v.Open {
		fmt.Fprintf(a.Out, "Entry %d says what was about to be written, and none yet what became of it: a run is at it, or died over it, and the next one says it.\n", n)
	}
	entries := "1 entry"
	if v.Count != 1 {
		entries = fmt.Sprintf("%d entries", v.Count)
	}
	if v.From > 0 {
		entries += fmt.Sprintf(" (the first %d were removed when they were old enough)", v.From)
	}
	fmt.Fprintf(a.Out, "%s, all as brygga wrote them. To be kept elsewhere, for --expect:\n%s\n", entries, v.Mark)
}

func (a *app) auditExport(ctx context.Context, format string) (err error) {
	line := map[string]func(store.Audited) ([]byte, error){"ndjson": exported, "fhir": jobs.AuditEvent}[format]
	if line == nil {
		return usage("--format: there is no format %q; write ndjson or fhir", format)
	}
	cfg, err := a.load()
	if err != nil {
		return err
	}
	st, _, err := jobs.OpenStore(ctx, cfg, a.logger())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	w := bufio.NewWriter(a.Out)
	err = st.Tenant(cfg.Tenant).EachAudit(ctx, func(e store.Audited) error {
		b, err := line(e)
		if err != nil {
			return err
		}
		_, err = w.Write(append(b, '\n'))
		return err
	})
	return errors.Join(err, w.Flush())
}

// exported is one line: the entry is in it byte by byte, so that its hash can be
// computed again.
func exported(e store.Audited) ([]byte, error) {
	hash, err := json.Marshal(struct {
		Hash string `json:"hash"`
		MAC  string `json:"mac"`
	}{e.Hash, e.MAC})
	if err != nil {
		return nil, err
	}
	line := append([]byte(`{"entry":`), e.Canonical...)
	return append(append(line, ','), hash[1:]...), nil
}

// noAuditKey is why nothing is written into the audit log, and what to do about it.
const noAuditKey = "keys.audit is not set (make a key: openssl rand -hex 32)"

// audit says whether what is done is written into the audit log: the end of the log has
// to be as brygga left it, or no run begins.
func (c *checks) audit(ctx context.Context, o *jobs.Opened) {
	const what = "audit log"
	if o.AuditKey == nil {
		c.add(adapters.Warn, "store", what, "nothing is audited: keys.audit is not set", "make a key with: openssl rand -hex 32")
		return
	}
	key, err := o.AuditKey(ctx)
	if err == nil {
		_, err = o.Job.Store.AuditedConfig(ctx, key)
	}
	if err != nil {
		c.add(adapters.Fail, "store", what, err.Error(), "no run begins while it is so: put back the key, or the store from a backup")
		return
	}
	c.add(adapters.OK, "store", what, "ends as brygga left it", "")
}
