package ec2

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	api "github.com/sallyport/sallyport/internal/api/ec2"
)

func (w *world) state(id string) string {
	w.t.Helper()
	out, err := w.DescribeInstances(w.ctx(), &api.DescribeInstancesInput{InstanceIds: []string{id}})
	if err != nil {
		return err.Error()
	}
	s := out.Reservations[0].Instances[0].State
	return fmt.Sprint(*s.Code, " ", *s.Name)
}

func change(c []api.InstanceStateChange) string {
	return fmt.Sprint(*c[0].PreviousState.Name, " ", *c[0].CurrentState.Name, " ", *c[0].CurrentState.Code)
}

func TestStates(t *testing.T) {
	w := newWorld(t)
	id := w.launch(1, nil)[0]
	ids := []string{id}
	stop := func(want string) {
		t.Helper()
		out, err := w.StopInstances(w.ctx(), &api.StopInstancesInput{InstanceIds: ids})
		if err != nil || change(out.StoppingInstances) != want {
			t.Errorf("stopping: %+v %v, want %s", out, err, want)
		}
	}
	start := func(want string) {
		t.Helper()
		out, err := w.StartInstances(w.ctx(), &api.StartInstancesInput{InstanceIds: ids})
		if err != nil || change(out.StartingInstances) != want {
			t.Errorf("starting: %+v %v, want %s", out, err, want)
		}
	}
	end := func(want string) {
		t.Helper()
		out, err := w.TerminateInstances(w.ctx(), &api.TerminateInstancesInput{InstanceIds: ids})
		if err != nil || change(out.TerminatingInstances) != want {
			t.Errorf("terminating: %+v %v, want %s", out, err, want)
		}
	}
	is := func(want string) {
		t.Helper()
		if got := w.state(id); got != want {
			t.Errorf("the instance is %s, want %s", got, want)
		}
	}
	is("16 running")
	start("running running 16")
	stop("running stopping 64")
	is("80 stopped")
	stop("stopped stopped 80")
	start("stopped pending 0")
	is("16 running")
	_, err := w.TerminateInstances(w.ctx(), &api.TerminateInstancesInput{InstanceIds: ids, DryRun: new(true)})
	wants(t, "dry", err, "DryRunOperation", "")
	_, err = w.TerminateInstances(w.ctx(), &api.TerminateInstancesInput{InstanceIds: []string{id, "i-12345678", "i-87654321"}})
	wants(t, "with unknown ones", err, "InvalidInstanceID.NotFound", "The instance IDs 'i-12345678, i-87654321' do not exist")
	is("16 running")
	end("running shutting-down 32")
	is("48 terminated")
	end("terminated terminated 48")
	_, err = w.StopInstances(w.ctx(), &api.StopInstancesInput{InstanceIds: ids})
	wants(t, "stopping a terminated one", err, "IncorrectInstanceState", "This instance '"+id+"' is not in a state from which it can be stopped.")
	_, err = w.StartInstances(w.ctx(), &api.StartInstancesInput{InstanceIds: ids})
	wants(t, "starting a terminated one", err, "IncorrectInstanceState", "The instance '"+id+"' is not in a state from which it can be started.")
	w.at = w.at.Add(time.Hour)
	if got := w.state(id); !strings.Contains(got, "The instance ID '"+id+"' does not exist") {
		t.Errorf("after an hour: %s", got)
	}
	w.launch(1, nil) // takes its record away
	if all, err := w.DescribeInstances(w.ctx(), &api.DescribeInstancesInput{}); err != nil || len(all.Reservations) != 1 {
		t.Errorf("%+v %v", all, err)
	}
}

// TestOperationsAskForTheRest: the operation's row asks for the first instance,
// the operation for the others, each once.
func TestOperationsAskForTheRest(t *testing.T) {
	w := newWorld(t)
	ids := w.launch(3, nil)
	if _, err := w.RebootInstances(w.ctx(), &api.RebootInstancesInput{InstanceIds: append(ids, ids...)}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.CreateTags(w.ctx(), &api.CreateTagsInput{Resources: append(ids, ids...), Tags: []api.Tag{{Key: new("a"), Value: new("b")}}}); err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, action := range []string{"ec2:RebootInstances ", "ec2:CreateTags "} {
		for _, id := range ids[1:] {
			want = append(want, action+"arn:aws:ec2:us-east-1:"+account+":instance/"+id)
		}
	}
	if !slices.Equal(w.asked, want) {
		t.Errorf("asked for %q, want %q", w.asked, want)
	}
}

func TestDescribeInstances(t *testing.T) {
	w := newWorld(t)
	tagged := func(name string) func(*api.RunInstancesInput) {
		return func(in *api.RunInstancesInput) {
			in.InstanceType = new("t3.micro")
			in.TagSpecifications = []api.TagSpecification{{ResourceType: new("instance"), Tags: []api.Tag{{Key: new("Name"), Value: &name}}}}
		}
	}
	web, db := w.launch(2, tagged("web-1")), w.launch(1, tagged("db*"))
	plain := w.launch(4, nil)
	if _, err := w.StopInstances(w.ctx(), &api.StopInstancesInput{InstanceIds: db}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		filters []api.Filter
		want    [][]string
	}{
		"none": {nil, [][]string{web, db, plain}}, "tag": {[]api.Filter{filter("tag:Name", "web-1")}, [][]string{web}},
		"wildcard": {[]api.Filter{filter("tag:Name", "w?b*", "nothing")}, [][]string{web}}, "star": {[]api.Filter{filter("tag:Name", `d?\*`)}, [][]string{db}},
		"no star": {[]api.Filter{filter("tag:Name", `web\*`)}, nil}, "case": {[]api.Filter{filter("tag:Name", "WEB-1")}, nil},
		"tag-key": {[]api.Filter{filter("tag-key", "Name")}, [][]string{web, db}}, "both": {[]api.Filter{filter("tag-key", "Name"), filter("instance-state-name", "running")}, [][]string{web}},
		"state": {[]api.Filter{filter("instance-state-code", "80")}, [][]string{db}}, "type": {[]api.Filter{filter("instance-type", "m1.small")}, [][]string{plain}},
		"nothing has it": {[]api.Filter{filter("ip-address", "*")}, nil}, "architecture": {[]api.Filter{filter("architecture", "arm64")}, nil},
	} {
		out, err := w.DescribeInstances(w.ctx(), &api.DescribeInstancesInput{Filters: c.filters})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got, want []string
		for _, r := range out.Reservations {
			for _, i := range r.Instances {
				got = append(got, *i.InstanceId)
			}
		}
		for _, ids := range c.want {
			want = append(want, ids...)
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) || len(out.Reservations) != len(c.want) {
			t.Errorf("%s: %v in %d reservations, want %v", name, got, len(out.Reservations), want)
		}
	}
	var paged []string
	in := &api.DescribeInstancesInput{MaxResults: new(int32(5))}
	for range 3 {
		out, err := w.DescribeInstances(w.ctx(), in)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range out.Reservations {
			for _, i := range r.Instances {
				paged = append(paged, *i.InstanceId)
			}
		}
		if in.NextToken = out.NextToken; in.NextToken == nil {
			break
		}
	}
	if all := slices.Concat(web, db, plain); len(paged) != len(all) || slices.ContainsFunc(all, func(id string) bool { return !slices.Contains(paged, id) }) {
		t.Errorf("pages have %v", paged)
	}
	for name, c := range map[string]struct {
		in         api.DescribeInstancesInput
		code, text string
	}{
		"unknown filter": {api.DescribeInstancesInput{Filters: []api.Filter{filter("colour", "red")}}, "InvalidParameterValue", "The filter 'colour' is invalid"},
		"malformed id":   {api.DescribeInstancesInput{InstanceIds: []string{"i-x"}}, "InvalidInstanceID.Malformed", `Invalid id: "i-x"`},
		"unknown id":     {api.DescribeInstancesInput{InstanceIds: []string{"i-12345678"}}, "InvalidInstanceID.NotFound", "The instance ID 'i-12345678' does not exist"},
		"small pages":    {api.DescribeInstancesInput{MaxResults: new(int32(2))}, "InvalidParameterValue", "Value ( 2 ) for parameter maxResults is invalid. Expecting a value greater than 5."},
		"pages of ids":   {api.DescribeInstancesInput{MaxResults: new(int32(5)), InstanceIds: web}, "InvalidParameterCombination", "instancesSet"},
		"bad token":      {api.DescribeInstancesInput{NextToken: new("?")}, "InvalidNextToken", ""},
		"dry":            {api.DescribeInstancesInput{DryRun: new(true)}, "DryRunOperation", ""},
		"many values":    {api.DescribeInstancesInput{Filters: []api.Filter{filter("tag-key", make([]string, 201)...)}}, "FilterLimitExceeded", "200"},
	} {
		_, err := w.DescribeInstances(w.ctx(), &c.in)
		wants(t, name, err, c.code, c.text)
	}
	status, err := w.DescribeInstanceStatus(w.ctx(), &api.DescribeInstanceStatusInput{})
	if err != nil || len(status.InstanceStatuses) != 6 || *status.InstanceStatuses[0].SystemStatus.Status != "ok" {
		t.Errorf("%+v %v", status, err)
	}
	status, err = w.DescribeInstanceStatus(w.ctx(), &api.DescribeInstanceStatusInput{InstanceIds: db, IncludeAllInstances: new(true)})
	if err != nil || len(status.InstanceStatuses) != 1 || *status.InstanceStatuses[0].InstanceStatus.Status != "not-applicable" {
		t.Errorf("%+v %v", status, err)
	}
}

func TestTags(t *testing.T) {
	w := newWorld(t)
	id := w.launch(1, nil)[0]
	set := func(tags ...string) error {
		var in []api.Tag
		for i := 0; i < len(tags); i += 2 {
			in = append(in, api.Tag{Key: &tags[i], Value: &tags[i+1]})
		}
		_, err := w.CreateTags(w.ctx(), &api.CreateTagsInput{Resources: []string{id}, Tags: in})
		return err
	}
	has := func(want string) {
		t.Helper()
		out, err := w.DescribeTags(w.ctx(), &api.DescribeTagsInput{Filters: []api.Filter{filter("resource-id", id)}})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, tag := range out.Tags {
			got = append(got, *tag.Key+"="+*tag.Value)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("tags are %q, want %q", got, want)
		}
	}
	remove := func(tags ...api.Tag) {
		t.Helper()
		if _, err := w.DeleteTags(w.ctx(), &api.DeleteTagsInput{Resources: []string{id}, Tags: tags}); err != nil {
			t.Error(err)
		}
	}
	if err := set("a", "1", "b", "2", "c", ""); err != nil {
		t.Fatal(err)
	}
	if err := set("b", "3"); err != nil {
		t.Fatal(err)
	}
	has("a=1 b=3 c=")
	remove(api.Tag{Key: new("a"), Value: new("2")}, api.Tag{Key: new("b")}, api.Tag{Key: new("c"), Value: new("")})
	has("a=1")
	remove()
	has("")
	var many []string
	for i := range 50 {
		many = append(many, fmt.Sprint("k", i), "v")
	}
	if err := set(many...); err != nil {
		t.Fatal(err)
	}
	wants(t, "one more", set("more", "x"), "TagLimitExceeded", "")
	wants(t, "reserved", set("aws:x", "x"), "InvalidParameterValue", "reserved")
	_, err := w.CreateTags(w.ctx(), &api.CreateTagsInput{Resources: []string{"i-12345678"}, Tags: []api.Tag{{Key: new("a")}}})
	wants(t, "unknown", err, "InvalidInstanceID.NotFound", "")
}
