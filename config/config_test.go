package config

import (
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"brygga/care"
)

func loadCase(t *testing.T, name string) *Config {
	t.Helper()
	file := "conf." + name + ".yaml"
	c, problems := Load(filepath.Join(caseFolder(t, file), file), testEnv)
	if c == nil {
		t.Fatal(problems)
	}
	return c
}

const day = 24 * time.Hour

func TestWhatHoldsWhereNothingIsWritten(t *testing.T) {
	c := loadCase(t, "the-least-that-is-needed-loads")
	journal := c.Systems["journal"]
	for name, row := range map[string]struct{ got, want any }{
		"time zone":        {c.Timezone, "Europe/Stockholm"},
		"language":         {c.Language, "sv"},
		"store":            {c.Store, "sqlite:brygga.db"},
		"audit key":        {c.Keys.Audit.Set(), false},
		"kind of facts":    {c.Provides(), care.SystemFacts},
		"source":           {strings.Join(c.Sources(), ","), "journal"},
		"receiver":         {c.Receiver(), "journal"},
		"pack":             {c.Rules.Pack, "national"},
		"parameters":       {len(c.Rules.Set) + len(c.Rules.Units), 0},
		"mode":             {c.Writes.Mode, Report},
		"first day":        {c.Writes.From.Known(), false},
		"units":            {c.Writes.Units, []string(nil)},
		"rules":            {c.Writes.Rules, []string(nil)},
		"per owner":        {c.Writes.PerOwnerPerNight, 0},
		"transaction size": {c.Writes.TransactionSize, 50},
		"guard":            {c.Guard, Guard{CloseShare: 0.5, OpenShare: 0.2, AtLeast: 20}},
		"nightly job":      {c.Jobs.Reconcile, Reconcile{Schedule: "30 1 * * *", FullAfter: 168 * time.Hour, CatchUp: 20 * time.Hour}},
		"handover": {c.Jobs.Handover, Handover{
			Schedule: "*/15 7-18 * * 1-5", Release: ReleaseByHand, Document: "18776-5", CatchUp: 20 * time.Hour,
			Sections: care.SetOfSections(care.SectionContact, care.SectionServices, care.SectionPlan, care.SectionRisks, care.SectionSIP),
		}},
		"reports":      {c.Jobs.Report, ReportJob{}},
		"retention":    {c.Jobs.Retention, Retention{Schedule: "0 4 * * 0", Gone: 365 * day, Runs: 400 * day, Outbox: 30 * day, Audit: 1826 * day}},
		"consent":      {c.Consent, Consent{}},
		"care homes":   {len(c.CareHomes), 0},
		"messages":     {c.Notify, Notify{Mail: Mail{TLS: MailStartTLS}}},
		"daemon":       {c.Serve, Serve{Listen: "127.0.0.1:8420", Workers: 4, Shutdown: time.Minute}},
		"display name": {journal.DisplayName, "journal"},
		"sign-in":      {journal.Auth.Kind, AuthNone},
		"proxy":        {journal.Proxy, ""},
		"page size":    {journal.PageSize, 500},
		"connections":  {journal.Connections, 4},
		"overlap":      {journal.Overlap, 10 * time.Minute},
		"timeout":      {journal.Timeout, time.Minute},
	} {
		if !reflect.DeepEqual(row.got, row.want) {
			t.Errorf("%s is %v, want %v", name, row.got, row.want)
		}
	}
}

func TestEverythingThatIsWrittenIsRead(t *testing.T) {
	c := loadCase(t, "everything-that-can-be-written-loads")
	dir := filepath.Dir(c.Path)
	j := c.Systems["journal"]
	for name, row := range map[string]struct{ got, want any }{
		"tenant":          {c.Tenant, "exempelkommun"},
		"language":        {c.Language, "en"},
		"store":           {c.StorePath(), "/var/lib/brygga/brygga.db"},
		"pseudonym key":   {c.Keys.Pseudonym.String(), "env:BRYGGA_PSEUDONYM_KEY"},
		"audit key":       {c.Keys.Audit.String(), "file:secrets/audit.key"},
		"system's name":   {j.Name, "journal"},
		"URL":             {j.URL, "https://fhir.example.se/r4"},
		"display name":    {j.DisplayName, "Journalsystemet"},
		"receives":        {j.Receives, []string{"flags", "tasks"}},
		"way to sign in":  {j.Auth.Kind, AuthSMARTBackend},
		"client id":       {j.Auth.ClientID, "brygga"},
		"private key":     {j.Auth.Key.String(), "file:secrets/fhir.jwk"},
		"token address":   {j.Auth.TokenURL, "https://login.example.se/token"},
		"scopes":          {j.Auth.Scopes, []string{"system/*.rs", "system/Flag.cruds"}},
		"authorities":     {j.TLS.CA, filepath.Join(dir, "certs", "ca.pem")},
		"certificate":     {j.TLS.ClientCert, filepath.Join(dir, "certs", "ca.pem")},
		"TLS key":         {j.TLS.ClientKey.String(), "file:secrets/tls.key"},
		"proxy":           {j.Proxy, "http://proxy.example.se:3128"},
		"page size":       {j.PageSize, 200},
		"connections":     {j.Connections, 8},
		"overlap":         {j.Overlap, 15 * time.Minute},
		"timeout":         {j.Timeout, 90 * time.Second},
		"facts as a list": {c.Facts["service"], []string{"journal"}},
		"provides": {c.Provides(), care.SetOf(care.KindClient, care.KindUnit, care.KindPlacement,
			care.KindService, care.KindAssignment, care.KindPlan)},
		"pack": {c.Rules.Pack, "botkyrka"},
		"parameters": {c.Rules.Set, map[string]string{
			"plan.review.months": "5", "contact.service_only": "shopping,cleaning",
			"contact.care_home_from": "2026-07-01", "plan.review.enabled": "true",
		}},
		"units' parameters": {c.Rules.Units, map[string]UnitRules{
			"norra": {Set: map[string]string{"plan.missing.days": "5"}},
			"sodra": {Set: map[string]string{"plan.missing.days": "20"}},
		}},
		"writes": {c.Writes, Writes{
			Mode: Write, From: care.NewDate(2027, 1, 11), Units: []string{"norra", "sodra"},
			Rules: []string{"contact.missing", "plan.review"}, PerOwnerPerNight: 10, TransactionSize: 25,
		}},
		"guard":       {c.Guard, Guard{CloseShare: 0.4, OpenShare: 0.1, AtLeast: 5}},
		"nightly job": {c.Jobs.Reconcile, Reconcile{Schedule: "45 0 * * 1-5", FullAfter: 336 * time.Hour, CatchUp: 90 * time.Minute}},
	} {
		if !reflect.DeepEqual(row.got, row.want) {
			t.Errorf("%s is %v, want %v", name, row.got, row.want)
		}
	}
	if v, err := c.Keys.Audit.Value(t.Context()); err != nil || v != testKey {
		t.Errorf("the audit key beside the configuration gives %q, %v", v, err)
	}
}

func TestEverythingAroundTheNightlyJobIsRead(t *testing.T) {
	c := loadCase(t, "the-sections-around-the-nightly-job-load")
	dir := filepath.Dir(c.Path)
	s, l := c.CareHomes["solgarden"], c.CareHomes["linden"]
	for name, row := range map[string]struct{ got, want any }{
		"consent":            {c.Consent, Consent{AcceptUnnamedRecipient: true, MaxAge: 365 * day}},
		"handover":           {c.Jobs.Handover, Handover{"*/30 6-18 * * *", ReleaseAutomatic, care.SetOfSections(care.SectionContact, care.SectionJournal, care.SectionSIP), "34133-9", 2 * time.Hour}},
		"reports":            {c.Jobs.Report, ReportJob{"0 6 * * 1", filepath.Join(dir, "reports")}},
		"retention":          {c.Jobs.Retention, Retention{"", 730 * day, 100 * day, 14 * day, 3650 * day}},
		"webhook":            {c.Notify.Webhook.String(), "env:BRYGGA_WEBHOOK"},
		"mail to":            {c.Notify.Mail.To, []string{"it@exempelkommun.se", "vakt@exempelkommun.se"}},
		"mail from":          {c.Notify.Mail.From, "brygga@exempelkommun.se"},
		"mail server":        {c.Notify.Mail.SMTP + " " + c.Notify.Mail.TLS, "smtp.exempelkommun.se:465 tls"},
		"mail user":          {c.Notify.Mail.User + " " + c.Notify.Mail.Password.String(), "brygga file:secrets/audit.key"},
		"daemon":             {c.Serve, Serve{":8421", 2, 8, 90 * time.Second}},
		"home's name":        {s.Name + " " + s.DisplayName + " " + s.Kind, "solgarden Solgården outbox"},
		"home's identifiers": {s.Organization, CareHomeID{"solgarden", "SE2321000000-E000000000001", "2321000016"}},
		"home's folder":      {s.Path, filepath.Join(dir, "outbox", "solgarden")},
		"home's keys":        {len(s.Recipients), 2},
		"server's name":      {l.Name + " " + l.DisplayName + " " + l.Kind, "linden linden fhir"},
		"server's address":   {l.URL, "https://fhir.linden.example.se/r4"},
		"server's sign-in":   {l.Auth.Kind + " " + l.Auth.ClientID + " " + l.Auth.Key.String(), "smart-backend brygga file:secrets/fhir.jwk"},
		"server's scopes":    {l.Auth.Scopes, []string{"system/Bundle.c"}},
		"server's TLS":       {l.TLS.CA + " " + l.TLS.ClientCert + " " + l.TLS.ClientKey.String(), filepath.Join(dir, "certs", "ca.pem") + " " + filepath.Join(dir, "certs", "ca.pem") + " file:secrets/tls.key"},
		"server's way":       {l.Proxy + " " + l.Timeout.String(), "http://proxy.example.se:3128 30s"},
	} {
		if !reflect.DeepEqual(row.got, row.want) {
			t.Errorf("%s is %v, want %v", name, row.got, row.want)
		}
	}
	off := loadCase(t, "schedules-that-are-off-load")
	if j := off.Jobs; j.Handover.Schedule+j.Report.Schedule+j.Retention.Schedule != "" || off.Consent.MaxAge != 0 {
		t.Errorf("off is %q, %q, %q and %s", j.Handover.Schedule, j.Report.Schedule, j.Retention.Schedule, off.Consent.MaxAge)
	}
	if m := loadCase(t, "mail-without-a-sender-comes-from-who-gets-it").Notify.Mail; m.From != "it@exempelkommun.se" {
		t.Errorf("mail comes from %s", m.From)
	}
}

func TestSourceAndReceiver(t *testing.T) {
	for _, row := range []struct{ name, source, receiver string }{
		{"the-least-that-is-needed-loads", "journal", "journal"},
		{"one-system-is-read-and-another-receives", "gamla", "journal"},
		{"the-one-that-receives-may-also-provide-when-facts-say-so", "gamla", "journal"},
		{"everything-that-can-be-written-loads", "journal", "journal"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := loadCase(t, row.name)
			if strings.Join(c.Sources(), ",") != row.source || c.Receiver() != row.receiver {
				t.Errorf("reads %s and writes %s, want %s and %s", c.Sources(), c.Receiver(), row.source, row.receiver)
			}
		})
	}
	flagsOnly := loadCase(t, "only-flags-may-be-received").Systems["journal"]
	if !flagsOnly.ReceivesKind("Flag") || flagsOnly.ReceivesKind("Task") {
		t.Errorf("receives %v", flagsOnly.Receives)
	}
}

func TestPathsLieBesideTheConfiguration(t *testing.T) {
	for _, row := range []struct{ config, path, want string }{
		{"brygga.yaml", "brygga.db", "brygga.db"},
		{"/etc/brygga/brygga.yaml", "brygga.db", "/etc/brygga/brygga.db"},
		{"conf/brygga.yaml", "../data/brygga.db", "data/brygga.db"},
		{"/etc/brygga/brygga.yaml", "/var/lib/brygga.db", "/var/lib/brygga.db"},
	} {
		c := &Config{Path: row.config, Store: "sqlite:" + row.path}
		if got := c.StorePath(); got != row.want {
			t.Errorf("%s in %s lies at %s, want %s", row.path, row.config, got, row.want)
		}
	}
}

// With no environment nothing but the file is looked at, for `evaluate --config`
// on a machine without secrets and certificates; all else is checked as always.
func TestWithoutAnEnvironmentOnlyTheFileIsRead(t *testing.T) {
	dir := caseFolder(t)
	for name, loads := range map[string]bool{
		"a-variable-that-is-not-set": true, "a-secret-file-that-others-can-read": true,
		"certificates-that-are-none": true, "a-secret-file-without-a-path": false,
		"secrets-written-in-clear-are-refused-and-not-shown": false, "an-unknown-parameter-of-a-unit": false,
	} {
		c, problems := Load(filepath.Join(dir, "conf."+name+".yaml"), nil)
		if (c != nil) != loads {
			t.Errorf("%s: loads is %v\n%s", name, c != nil, problems)
		}
	}
}

func TestProblems(t *testing.T) {
	ps := Problems{
		{File: "brygga.yaml", Line: 12, Column: 5, Key: "writes.unit", What: "unknown key", Do: "did you mean writes.units?"},
		{File: "brygga.yaml", Line: 3, Column: 1, Key: "x", What: "may be slow", Severity: Warning},
		{File: "brygga.yaml", What: "does not exist"},
	}
	want := "brygga.yaml:12:5: writes.unit: unknown key; did you mean writes.units?\nbrygga.yaml:3:1: warning: x: may be slow\nbrygga.yaml: does not exist"
	if got := ps.Error(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if err := ps.Err(); err == nil || strings.Contains(err.Error(), "may be slow") || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("the errors are %v", err)
	}
	if err := ps.Warnings().Err(); err != nil {
		t.Errorf("warnings alone are an error: %v", err)
	}
	if len(ps.Warnings()) != 1 || ps.Warnings()[0].Line != 3 {
		t.Errorf("the warnings are %v", ps.Warnings())
	}
	ps.sort()
	if lines := []int{ps[0].Line, ps[1].Line, ps[2].Line}; !slices.IsSorted(lines) {
		t.Errorf("sorted lines are %v", lines)
	}
	for s, want := range map[Severity]string{Error: "error", Warning: "warning"} {
		if b, err := s.MarshalText(); err != nil || string(b) != want {
			t.Errorf("severity %d reads %s, %v", s, b, err)
		}
	}
}
