package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"brygga/config"
	"brygga/jobs"
	"brygga/web"
)

func (a *app) healthCommand() *cobra.Command {
	var address string
	var live bool
	c := &cobra.Command{
		Use:   "health",
		Short: "Ask the daemon whether it is ready, and why not",
		Long: "Asks the daemon, brygga serve, whether jobs can begin and none is late. Exit code 0 if so, and otherwise 1 with\n" +
			"the reasons. With --live it asks only whether the process answers. It opens no store and needs no key.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.health(cmd.Context(), address, live) },
	}
	c.Flags().StringVar(&address, "url", "", "the daemon's `ADDRESS`, as http://127.0.0.1:8420; what serve.listen says otherwise")
	c.Flags().BoolVar(&live, "live", false, "ask only whether the process answers")
	return c
}

func (a *app) health(ctx context.Context, address string, live bool) error {
	addresses := []string{address}
	if address == "" {
		var err error
		if addresses, err = a.daemonAddresses(); err != nil {
			return err
		}
	}
	h, err := askAny(ctx, addresses, live)
	if err != nil {
		return err
	}
	if a.json() {
		err = a.printJSON(h)
	} else {
		healthView(a.Out, h, live)
	}
	if err == nil && !h.OK {
		return code(jobs.ExitFailed)
	}
	return err
}

// daemonAddresses are where the daemon may listen, each once: of a folder several, since
// one daemon shows all its tenants at each address of those that it serves, and a file that
// is wrong has none. No secret is looked at: whoever asks may be somebody who must not have
// them.
func (a *app) daemonAddresses() (addresses []string, err error) {
	files, err := a.configFiles()
	if err != nil {
		return nil, err
	}
	var wrong []error
	for _, file := range files {
		cfg, problems := config.Load(file, nil)
		if err := problems.Err(); err != nil {
			wrong = append(wrong, err)
		} else if address := listens(cfg); !slices.Contains(addresses, address) {
			addresses = append(addresses, address)
		}
	}
	if len(addresses) == 0 {
		return nil, errors.Join(wrong...)
	}
	return addresses, nil
}

// askAny asks at each address until the daemon answers. Where it answers nowhere, the
// error is that of the first.
func askAny(ctx context.Context, addresses []string, live bool) (h web.Health, err error) {
	for _, address := range addresses {
		u, parseErr := url.Parse(address)
		if parseErr != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return h, usage("--url: write the daemon's address, as http://127.0.0.1:8420")
		}
		path := "health/ready"
		if live {
			path = "health/live"
		}
		answer, asked := askHealth(ctx, u.JoinPath(path).String())
		if asked == nil {
			return answer, nil
		}
		if err == nil {
			err = fmt.Errorf("the daemon at %s %w", u.Host, asked)
		}
	}
	return h, err
}

// listens is the address at which this machine reaches its own daemon.
func listens(cfg *config.Config) string {
	host, port, err := net.SplitHostPort(cfg.Serve.Listen)
	if err != nil {
		return "http://" + cfg.Serve.Listen
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// askHealth asks without a proxy: the daemon is near.
func askHealth(ctx context.Context, address string) (h web.Health, err error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return h, errors.New("cannot be asked: the address is none")
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return h, errors.New("does not answer; is it running? systemctl status brygga, or docker ps, says so, and its log why not")
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err == nil && resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusServiceUnavailable {
		err = errors.New("another status")
	}
	if err == nil {
		err = json.Unmarshal(body, &h)
	}
	if err != nil || h.Reasons == nil {
		return h, fmt.Errorf("answers %d, and not as brygga does; check the address", resp.StatusCode)
	}
	h.OK = h.OK && resp.StatusCode == http.StatusOK
	return h, nil
}

func healthView(w io.Writer, h web.Health, live bool) {
	switch {
	case !h.OK:
		fmt.Fprintln(w, "not ready:")
	case live:
		fmt.Fprintln(w, "live")
	default:
		fmt.Fprintln(w, "ready")
	}
	for _, r := range h.Reasons {
		fmt.Fprintln(w, "! "+oneLine(r))
	}
	for _, n := range h.Notes {
		fmt.Fprintln(w, "- "+oneLine(n))
	}
}
