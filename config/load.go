package config

// Load reads, completes and checks a configuration, and gives all problems, not
// only the first, in the order of the file. The configuration is nil if one of
// them is an error; with warnings only, it may be used.
//
// env looks up environment variables (os.LookupEnv). It is asked whether every
// env: secret is there, and every file: secret is opened, but no value is kept.
// With a nil env nothing outside of the file itself is looked at: for commands
// that need the rules alone, such as `brygga evaluate --config`.
func Load(path string, env func(string) (string, bool)) (*Config, Problems) {
	return nil, Problems{{File: path, What: "cannot be read yet"}}
}

// Schema is the JSON Schema (draft 2020-12) of the configuration file, for editors.
func Schema() []byte { return nil }

// Init is a commented configuration to start from, in report mode, for a system
// of the kind; the kind is an error where this version does not know it.
func Init(system string) ([]byte, error) { return nil, nil }

// Hash is a short hash of all that influences judging and writing, and of no
// secret: two configurations with the same Hash decide and write the same.
func (c *Config) Hash() string { return "" }
