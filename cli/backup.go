package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"brygga/config"
	"brygga/jobs"
	"brygga/store"
)

// backupInfo is what backup and restore say, for programs.
type backupInfo struct {
	File   string    `json:"file"`
	Made   time.Time `json:"made"`
	Schema int64     `json:"schema"`
	Rows   int       `json:"rows"`
}

func (a *app) backupCommand() *cobra.Command {
	var recipients []string
	var passphrase string
	c := &cobra.Command{
		Use:   "backup FILE",
		Short: "Write everything that the store keeps into an encrypted file, also while runs go on",
		Long: "Writes one state of the whole store, of SQLite or PostgreSQL, into a new file that restore puts into either.\n" +
			"It is encrypted with age to a public key (make a pair with age-keygen, and keep the private one elsewhere) or\n" +
			"with a passphrase. The keys of the configuration (keys.pseudonym, keys.audit) are not in it: without them\n" +
			"nobody can read what is restored, so keep them in another place, as well as the backup.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.backup(cmd.Context(), args[0], recipients, passphrase)
		},
	}
	c.Flags().StringArrayVar(&recipients, "recipient", nil, "age public `KEY` (age1...) that can open it; may be given several times")
	c.Flags().StringVar(&passphrase, "passphrase", "", "where the passphrase is: `env:NAME or file:PATH`")
	return c
}

func (a *app) backup(ctx context.Context, path string, recipients []string, passphrase string) error {
	lock := jobs.Lock{Recipients: recipients}
	if (len(recipients) == 0) == (passphrase == "") {
		return usage("give --recipient age1..., or --passphrase env:NAME or file:PATH")
	}
	var err error
	if lock.Passphrase, err = a.secret(ctx, "--passphrase", passphrase); err != nil {
		return err
	}
	cfg, err := a.load()
	if err != nil {
		return err
	}
	info, err := jobs.Backup(ctx, cfg, path, lock, a.Now(), a.logger())
	if err != nil {
		return err
	}
	if a.json() {
		return a.printJSON(backupInfo{path, info.Made, info.Schema, info.Rows})
	}
	fmt.Fprintf(a.Out, "%s holds %d rows of %s.\nThe keys are not in it: keep keys.pseudonym and keys.audit in another place.\n", path, info.Rows, clock(info.Made))
	return nil
}

func (a *app) restoreCommand() *cobra.Command {
	var identity, passphrase string
	c := &cobra.Command{
		Use:   "restore FILE",
		Short: "Put a backup into an empty store",
		Long: "Puts what brygga backup wrote into the store of the configuration, SQLite or PostgreSQL, which has to be empty:\n" +
			"a path where there is no file yet, or an empty database. The whole file is verified before anything is written.\n" +
			"The configuration needs the keys that it had (keys.pseudonym, keys.audit): they are not in the backup.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.restore(cmd.Context(), args[0], identity, passphrase)
		},
	}
	c.Flags().StringVar(&identity, "identity", "", "where the age private key is: `env:NAME or file:PATH`")
	c.Flags().StringVar(&passphrase, "passphrase", "", "where the passphrase is: `env:NAME or file:PATH`")
	return c
}

func (a *app) restore(ctx context.Context, path, identity, passphrase string) error {
	if (identity == "") == (passphrase == "") {
		return usage("give --identity or --passphrase, as env:NAME or file:PATH")
	}
	var unlock jobs.Unlock
	var err error
	if unlock.Identity, err = a.secret(ctx, "--identity", identity); err != nil {
		return err
	}
	if unlock.Passphrase, err = a.secret(ctx, "--passphrase", passphrase); err != nil {
		return err
	}
	cfg, err := a.load()
	if err != nil {
		return err
	}
	info, err := jobs.Restore(ctx, cfg, path, unlock, a.logger())
	if errors.Is(err, store.ErrNotEmpty) {
		return &codeError{jobs.ExitUsage, err}
	}
	if err != nil {
		return err
	}
	if a.json() {
		return a.printJSON(backupInfo{path, info.Made, info.Schema, info.Rows})
	}
	fmt.Fprintf(a.Out, "%d rows of %s are restored. Now: brygga audit verify, and then brygga run reconcile\n", info.Rows, clock(info.Made))
	return nil
}

// secret fetches what a flag refers to; an empty reference gives an empty text.
func (a *app) secret(ctx context.Context, flag, ref string) (string, error) {
	if ref == "" {
		return "", nil
	}
	// Beside the working directory, as paths of a command line are.
	s, err := config.NewSecret(ref, "", a.LookupEnv)
	if err != nil {
		return "", usage("%s: %w", flag, err)
	}
	v, err := s.Value(ctx)
	if err != nil {
		return "", fmt.Errorf("%s: %w", flag, err)
	}
	return v, nil
}
