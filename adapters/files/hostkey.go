package files

import (
	"errors"
	"net"
	"slices"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"brygga/adapters"
)

// knownKeys reads a file of known host keys.
func knownKeys(path string) (ssh.HostKeyCallback, error) {
	known, err := knownhosts.New(path)
	if err != nil { // its text may quote a line
		return nil, errors.New("the file cannot be read, or a line of it is no host key; make it with ssh-keyscan")
	}
	return known, nil
}

func signer(pem []byte) (ssh.Signer, error) {
	s, err := ssh.ParsePrivateKey(pem)
	var locked *ssh.PassphraseMissingError
	switch {
	case errors.As(err, &locked):
		return nil, errors.New("is protected by a passphrase; give a key without one, readable by brygga only")
	case err != nil:
		return nil, errors.New("is no private key in PEM")
	}
	return s, nil
}

// nobody is a key that no server has: asking for it tells which keys are known.
type nobody struct{}

func (nobody) Type() string                        { return "none" }
func (nobody) Marshal() []byte                     { return []byte("none") }
func (nobody) Verify([]byte, *ssh.Signature) error { return errors.New("no key") }

// algorithms are those of the keys that are known of a host. A server with several
// keys must be asked for the one that is known, or it looks as if it had changed.
func algorithms(known ssh.HostKeyCallback, address string) []string {
	var want *knownhosts.KeyError
	if !errors.As(known(address, &net.TCPAddr{}, nobody{}), &want) {
		return nil
	}
	var out []string
	for _, k := range want.Want {
		names := []string{k.Key.Type()}
		if k.Key.Type() == ssh.KeyAlgoRSA { // the key of old with signatures of today
			names = []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}
		}
		for _, n := range names {
			if !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
	}
	return out
}

// refusedHost says why a host key is not accepted; nil if the error is about
// something else.
func refusedHost(err error) *stray {
	var key *knownhosts.KeyError
	var revoked *knownhosts.RevokedError
	switch {
	case errors.As(err, &revoked):
		return &stray{adapters.Fatal, "the server's key is marked as revoked in known_hosts", "ask the server's operator for its key; until then nothing is read", nil}
	case errors.As(err, &key) && len(key.Want) > 0:
		return &stray{
			adapters.Fatal, "the server's key has CHANGED: it is not the one in known_hosts, and another machine may be answering",
			"ask the server's operator whether the key was replaced; only then put the new one in sftp.known_hosts of this system", nil,
		}
	case errors.As(err, &key):
		return &stray{
			adapters.Fatal, "the server's key is not known: known_hosts has none for this host and port",
			"fetch it with ssh-keyscan, compare it with the server's operator, and put it in sftp.known_hosts of this system", nil,
		}
	}
	return nil
}
