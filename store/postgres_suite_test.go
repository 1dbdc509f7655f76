package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
)

// The tests of the store run on SQLite, and again on PostgreSQL where this variable
// holds the URL of a database to test in (.ci/postgres makes one): each in a schema
// of its own.
const postgresVariable = "BRYGGA_TEST_POSTGRES"

const onPostgres = "TestOnPostgreSQL"

// onBoth are the tests that run on PostgreSQL too.
var onBoth = []struct {
	name string
	test func(*testing.T)
}{
	{"AnAuditLogThatIsRight", TestAnAuditLogThatIsRight},
	{"AnExportedAuditLogSpeaksForItself", TestAnExportedAuditLogSpeaksForItself},
	{"TamperingWithTheAuditLogIsFound", TestTamperingWithTheAuditLogIsFound},
	{"ALogOfAnEarlierDayIsFoundByWhatWasKept", TestALogOfAnEarlierDayIsFoundByWhatWasKept},
	{"NothingIsAddedToABrokenLog", TestNothingIsAddedToABrokenLog},
	{"TheLogCannotBeChangedByMistake", TestTheLogCannotBeChangedByMistake},
	{"WhoeverHasAnotherKeyIsToldSo", TestWhoeverHasAnotherKeyIsToldSo},
	{"ManyAddAtOnce", TestManyAddAtOnce},
	{"WhatIsBegunIsOpenUntilItIsSaidWhatBecameOfIt", TestWhatIsBegunIsOpenUntilItIsSaidWhatBecameOfIt},
	{"WhatSomebodyBeganWhoDiedIsSaidOnce", TestWhatSomebodyBeganWhoDiedIsSaidOnce},
	{"AStepThatCannotBeWrittenDownIsNotTaken", TestAStepThatCannotBeWrittenDownIsNotTaken},
	{"WhatIsBegunIsSealed", TestWhatIsBegunIsSealed},
	{"WhoCarriesAnIdentifier", TestWhoCarriesAnIdentifier},
	{"WhomAReferenceNamesIsFoundAsByLookingThroughAll", TestWhomAReferenceNamesIsFoundAsByLookingThroughAll},
	{"SomebodyWhoIsQualified", TestSomebodyWhoIsQualified},
	{"AnIndexOfAnotherFormatIsMadeAnew", TestAnIndexOfAnotherFormatIsMadeAnew},
	{"AnIndexThatWasTamperedWithIsDamaged", TestAnIndexThatWasTamperedWithIsDamaged},
	{"KilledInTheMiddleOfAPut", TestKilledInTheMiddleOfAPut},
	{"SeveralProcessesMakeOneStore", TestSeveralProcessesMakeOneStore},
	{"TwoProcessesOnOneFile", TestTwoProcessesOnOneFile},
	{"ALeaseOfAProcessThatDied", TestALeaseOfAProcessThatDied},
	{"HolderTellsWhoHasALeaseWithoutTakingIt", TestHolderTellsWhoHasALeaseWithoutTakingIt},
	{"Baseline", TestBaseline},
	{"Answers", TestAnswers},
	{"Docs", TestDocs},
	{"ProbeMakesNoStore", TestProbeMakesNoStore},
	{"Shards", TestShards},
	{"ShardsAreSealed", TestShardsAreSealed},
	{"ManyAreAllOrNone", TestManyAreAllOrNone},
	{"PutKind", TestPutKind},
	{"KindThatWasNeverPut", TestKindThatWasNeverPut},
	{"QuarantineIsReplacedWhole", TestQuarantineIsReplacedWhole},
	{"PutKindRefuses", TestPutKindRefuses},
	{"FewRecordsAmongManyAreLookedUp", TestFewRecordsAmongManyAreLookedUp},
	{"Checkpoints", TestCheckpoints},
	{"CancelledWorkLeavesEverything", TestCancelledWorkLeavesEverything},
	{"EveryRecordComesBack", TestEveryRecordComesBack},
	{"PutsEqualAMap", TestPutsEqualAMap},
	{"Runs", TestRuns},
	{"RunsThatCannotBe", TestRunsThatCannotBe},
	{"Lease", TestLease},
	{"LeasesThatCannotBe", TestLeasesThatCannotBe},
	{"TamperedRowsDoNotOpen", TestTamperedRowsDoNotOpen},
	{"TenantsDoNotSeeEachOther", TestTenantsDoNotSeeEachOther},
	{"EqualFactsDoNotLookEqual", TestEqualFactsDoNotLookEqual},
	{"PutVisits", TestPutVisits},
	{"VisitsThatWereNeverPut", TestVisitsThatWereNeverPut},
	{"NamesComeBackInTheirNumbering", TestNamesComeBackInTheirNumbering},
	{"NamesThatAreForeignBytesComeBack", TestNamesThatAreForeignBytesComeBack},
	{"PutVisitsRefuses", TestPutVisitsRefuses},
	{"EveryVisitAndNoteComesBack", TestEveryVisitAndNoteComesBack},
	{"ClientRecords", TestClientRecords},
	{"TheConfigurationOfTheNewestEntryThatNamesOne", TestTheConfigurationOfTheNewestEntryThatNamesOne},
	{"ALogThatCannotBeAddedToIsKnownBefore", TestALogThatCannotBeAddedToIsKnownBefore},
	{"TheAuditLogIsCutAfterItsTime", TestTheAuditLogIsCutAfterItsTime},
	{"ACutAuditLogShowsTampering", TestACutAuditLogShowsTampering},
	{"AMarkFromBeforeTheCut", TestAMarkFromBeforeTheCut},
	{"OnlyWhatWasCutCanBeDeleted", TestOnlyWhatWasCutCanBeDeleted},
	{"CuttingNeedsTheKey", TestCuttingNeedsTheKey},
	{"WhatIsBackedUpComesBack", TestWhatIsBackedUpComesBack},
	{"ABackupIsOneStateWhateverIsWrittenMeanwhile", TestABackupIsOneStateWhateverIsWrittenMeanwhile},
	{"WhatIsNoWholeBackupIsRefusedBeforeAnythingIsWritten", TestWhatIsNoWholeBackupIsRefusedBeforeAnythingIsWritten},
	{"ABackupThatChangesWhileItIsRestored", TestABackupThatChangesWhileItIsRestored},
	{"RestoringIntoWhatCannotTakeIt", TestRestoringIntoWhatCannotTakeIt},
	{"EveryTableIsBackedUp", TestEveryTableIsBackedUp},
	{"ClientsWhoLeftAreRemovedWhenTheyHaveBeenAwayLongEnough", TestClientsWhoLeftAreRemovedWhenTheyHaveBeenAwayLongEnough},
	{"WithoutAPullNobodyIsRemoved", TestWithoutAPullNobodyIsRemoved},
	{"WhoLeftCannotBeTold", TestWhoLeftCannotBeTold},
	{"WhoIsInQuarantineIsNotGone", TestWhoIsInQuarantineIsNotGone},
	{"OnlyWhoLeftThisSystemIsRemoved", TestOnlyWhoLeftThisSystemIsRemoved},
	{"NobodyWhoIsThereLosesARow", TestNobodyWhoIsThereLosesARow},
	{"OldRunsAreRemoved", TestOldRunsAreRemoved},
	{"TheLastRunsOfEachJob", TestTheLastRunsOfEachJob},
	{"TamperingWithThePseudonymKeyIsFound", TestTamperingWithThePseudonymKeyIsFound},
	{"TheLogOfAnotherTenantIsFound", TestTheLogOfAnotherTenantIsFound},
	{"WhateverIsLeftOfALogTheFirstWrongEntryIsNamed", TestWhateverIsLeftOfALogTheFirstWrongEntryIsNamed},
}

// onSQLiteOnly are about the file, the mode of it, or what is no database at all.
// What of them has a counterpart on PostgreSQL is in the tests named Postgres.
var onSQLiteOnly = []string{
	"TestTheAuditLogInTheFileNamesNobody", "TestMarksAreReadAsTheyAreWritten",
	"TestAKindOfAnEarlierVersionIsIndexedWhenItIsPut", "TestKilledWhileAStoreIsMade",
	"TestUpdateVersion1", "TestAStoreOfVersion1IsBroughtUpToDate", "TestAStoreOfVersion1WithAnotherKeyIsLeftAsItIs",
	"TestMigratedAndNewAreTheSame", "TestAStoreOfEveryVersionIsBroughtUpToDate", "TestNewestVersionIsThatOfTheFiles", "TestAMigrationThatFails",
	"TestOpenRefuses", "TestOpenMakesAFileForItsOwnerOnly", "TestOpenTightensTheMode", "TestOpenIsSetUpAsPromised",
	"TestOpenLeavesWhatItCannotUse", "TestProbeLeavesFilesAsTheyAre", "TestDamageInTheMiddle", "TestAnEmptyFileBecomesAStore", "TestInMemory",
	"TestAFullDisk", "TestAFullDiskIsSaidToBeFull", "TestALockedStore", "TestAStoreThatCannotBeWritten", "TestTheFileNamesNobody",
	"TestEntriesOfTheFirstVersionAreWrittenAsTheyWere", "TestMigrationsOnlyMakeRoom", "TestAStoreOfVersion1IsBackedUpAndRestored",
	"TestRowsComeBackAsTheyWere", "TestAValueThatNoBackupKnows",
	"TestEveryTestSaysWhereItRuns", "TestStatementsAreThoseOfBoth",
}

func TestOnPostgreSQL(t *testing.T) {
	server(t)
	for _, tt := range onBoth {
		t.Run(tt.name, tt.test)
	}
}

func BenchmarkOnPostgreSQL(b *testing.B) {
	server(b)
	b.Run("PutKindFirst", BenchmarkPutKindFirst)
	b.Run("PutKindSame", BenchmarkPutKindSame)
	b.Run("PutKindFew", BenchmarkPutKindFew)
	b.Run("Kind", BenchmarkKind)
	b.Run("Refs", BenchmarkRefs)
	b.Run("PutVisitsFirst", BenchmarkPutVisitsFirst)
	b.Run("Visits", BenchmarkVisits)
	b.Run("ClientRecords", BenchmarkClientRecords)
}

// A test that is in neither list was forgotten on PostgreSQL.
func TestEveryTestSaysWhereItRuns(t *testing.T) {
	known := map[string]bool{}
	for _, tt := range onBoth {
		known["Test"+tt.name] = true
	}
	for _, name := range onSQLiteOnly {
		known[name] = true
	}
	files, err := filepath.Glob("*_test.go")
	ok(t, err)
	for _, path := range files {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		ok(t, err)
		for _, d := range file.Decls {
			f, is := d.(*ast.FuncDecl)
			if !is || !strings.HasPrefix(f.Name.Name, "Test") || f.Name.Name == "TestMain" || strings.HasPrefix(path, "postgres_") && !known[f.Name.Name] {
				continue
			}
			if !known[f.Name.Name] {
				t.Errorf("%s is in neither of the lists of postgres_suite_test.go: put it into onBoth, or say there that it is about SQLite only", f.Name.Name)
			}
		}
	}
}

// server gives the URL of the database to test in, and skips where there is none.
func server(t testing.TB) string {
	t.Helper()
	dsn := os.Getenv(postgresVariable)
	if dsn == "" {
		t.Skipf("%s is not set: .ci/postgres run go test ./store", postgresVariable)
	}
	return dsn
}

// pathIn gives a place for a new store: a path, or, in the tests that run on
// PostgreSQL, a URL with a schema of the test's own.
func pathIn(t testing.TB) string {
	if name, _, _ := strings.Cut(t.Name(), "/"); name == onPostgres || strings.HasPrefix(name, "TestPostgres") || name == "BenchmarkOnPostgreSQL" {
		return schemaIn(t)
	}
	return filepath.Join(t.TempDir(), "brygga.db")
}

// dsnOf is what Open takes for a place that pathIn gave.
func dsnOf(path string) string {
	if isPostgres(path) {
		return path
	}
	return "sqlite:" + path
}

var schemas atomic.Int64

// schemaIn gives the URL of a schema that is not there yet, and is removed when the
// test is over.
func schemaIn(t testing.TB) string {
	t.Helper()
	base, schema := server(t), fmt.Sprintf("brygga_test_%d_%d", os.Getpid(), schemas.Add(1))
	drop := func() { adminExec(t, base, `DROP SCHEMA IF EXISTS `+schema+` CASCADE`) }
	drop()
	t.Cleanup(drop)
	return withSetting(t, base, "search_path", schema)
}

func withSetting(t testing.TB, dsn, name, value string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	ok(t, err)
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
	return u.String()
}

// adminExec runs statements on a connection of its own.
func adminExec(t testing.TB, dsn, statements string) {
	t.Helper()
	ctx := context.Background()
	c, err := pgx.Connect(ctx, dsn)
	ok(t, err)
	defer c.Close(ctx)
	_, err = c.Exec(ctx, statements)
	ok(t, err)
}

// rawDB opens the database of a place beside the store.
func rawDB(t testing.TB, path string) *sql.DB {
	t.Helper()
	name := driver
	if isPostgres(path) {
		name = "pgx"
	}
	db, err := sql.Open(name, path)
	ok(t, err)
	t.Cleanup(func() { ok(t, db.Close()) })
	return db
}

// What tests do to rows behind the store's back is written for SQLite.
var inPostgres = strings.NewReplacer(
	"x''", "''::bytea", "x'00'", `'\x00'::bytea`, "AS BLOB)", "AS BYTEA)", "rowid", "ctid",
	"DROP TRIGGER audit_kept", "DROP TRIGGER audit_kept ON audit", "DROP TRIGGER audit_unchanged", "DROP TRIGGER audit_unchanged ON audit",
	`CREATE TRIGGER third BEFORE INSERT ON item WHEN (SELECT count(*) FROM item) >= 3 BEGIN SELECT raise(ABORT, 'no more'); END`,
	`CREATE FUNCTION third() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		IF (SELECT count(*) FROM item) >= 3 THEN RAISE EXCEPTION 'no more'; END IF; RETURN NEW; END $$;
	CREATE TRIGGER third BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION third()`,
)

// spoil runs statements that a store would not, and says how many rows they changed.
func spoil(t testing.TB, s *Store, statements string, args ...any) int64 {
	t.Helper()
	if strings.TrimSpace(statements) == "" {
		return 0
	}
	if s.dialect == PostgreSQL {
		statements = inPostgres.Replace(statements)
		_, err := s.write.Exec(`CREATE OR REPLACE FUNCTION zeroblob(n bigint) RETURNS bytea LANGUAGE sql AS $$ SELECT decode(repeat('00', n::int), 'hex') $$;
			CREATE OR REPLACE FUNCTION randomblob(n bigint) RETURNS bytea LANGUAGE sql AS $$ SELECT substr(sha256(random()::text::bytea), 1, n::int) $$;
			CREATE OR REPLACE FUNCTION larger(a bytea, b bytea) RETURNS bytea LANGUAGE sql AS $$ SELECT greatest(a, b) $$;
			CREATE OR REPLACE AGGREGATE max(bytea) (sfunc = larger, stype = bytea);`)
		ok(t, err)
	}
	result, err := s.write.Exec(statements, args...)
	ok(t, err)
	n, err := result.RowsAffected()
	ok(t, err)
	return n
}

// Statements have the placeholders that both databases understand, and no table of
// the one has a column that the other has not.
func TestStatementsAreThoseOfBoth(t *testing.T) {
	files, err := filepath.Glob("*.go")
	ok(t, err)
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		ok(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			l, is := n.(*ast.BasicLit)
			if !is || l.Kind != token.STRING || !slices.ContainsFunc([]string{"SELECT ", "INSERT ", "UPDATE ", "DELETE ", " WHERE ", " AND "}, func(w string) bool { return strings.Contains(l.Value, w) }) {
				return true
			}
			if strings.Contains(l.Value, "?") || strings.Contains(l.Value, "OR IGNORE") || strings.Contains(l.Value, "OR REPLACE") {
				t.Errorf("%s: write $1 and ON CONFLICT, which both databases understand: %s", path, l.Value)
			}
			return true
		})
	}
	columns := func(folder string) (out []string) {
		files, err := migrations.ReadDir("migrations/" + folder)
		ok(t, err)
		for _, f := range files {
			out = append(out, f.Name())
			text, err := migrations.ReadFile("migrations/" + folder + "/" + f.Name())
			ok(t, err)
			table := ""
			for line := range strings.Lines(string(text)) {
				words := strings.Fields(line)
				switch {
				case strings.HasPrefix(line, "CREATE TABLE "):
					table = words[2]
				case strings.HasPrefix(line, ")"):
					table = ""
				case table != "" && len(words) > 1 && words[0] != "PRIMARY" && words[0] != "UNIQUE" && words[0] != "rowid":
					out = append(out, f.Name()+" "+table+"."+words[0])
				}
			}
		}
		return out
	}
	lite, server := columns("sqlite"), columns("postgres")
	for i := range max(len(lite), len(server)) {
		a, b := at(lite, i), at(server, i)
		if cmp.Compare(a, b) != 0 {
			t.Fatalf("the migrations differ: SQLite has %q where PostgreSQL has %q", a, b)
		}
	}
	if len(lite) < 40 {
		t.Errorf("only %d files and columns were found", len(lite))
	}
}

func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return "nothing"
}
