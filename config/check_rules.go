package config

func (r *reader) checkRules(c *Config) {}
func checkRule(_ *reader, value string) (what, do string) { return "", "" }
