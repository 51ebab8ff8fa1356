package live

// s3op is the request that asks an action of S3.
type s3op struct {
	operation string // whose name says whether it is served
	method    string
	query     string
	body      string
	existing  bool     // an object that must be there
	besides   []string // further actions that it always asks
}

const xmlns = ` xmlns="http://s3.amazonaws.com/doc/2006-03-01/"`

// onBuckets are the operations on buckets by the lower case of their actions.
var onBuckets = map[string]s3op{
	"createbucket":                {operation: "CreateBucket", method: "PUT"},
	"deletebucket":                {operation: "DeleteBucket", method: "DELETE"},
	"listbucket":                  {operation: "ListObjectsV2", method: "GET", query: "list-type=2"},
	"listbucketversions":          {operation: "ListObjectVersions", method: "GET", query: "versions"},
	"listbucketmultipartuploads":  {operation: "ListMultipartUploads", method: "GET", query: "uploads"},
	"getbucketlocation":           {operation: "GetBucketLocation", method: "GET", query: "location"},
	"getbucketpolicy":             {operation: "GetBucketPolicy", method: "GET", query: "policy"},
	"putbucketpolicy":             {operation: "PutBucketPolicy", method: "PUT", query: "policy"},
	"deletebucketpolicy":          {operation: "DeleteBucketPolicy", method: "DELETE", query: "policy"},
	"getbucketpolicystatus":       {operation: "GetBucketPolicyStatus", method: "GET", query: "policyStatus"},
	"getbucketacl":                {operation: "GetBucketAcl", method: "GET", query: "acl"},
	"putbucketacl":                {operation: "PutBucketAcl", method: "PUT", query: "acl"},
	"getbucketversioning":         {operation: "GetBucketVersioning", method: "GET", query: "versioning"},
	"putbucketversioning":         {operation: "PutBucketVersioning", method: "PUT", query: "versioning", body: `<VersioningConfiguration` + xmlns + `><Status>Enabled</Status></VersioningConfiguration>`},
	"getbucketlogging":            {operation: "GetBucketLogging", method: "GET", query: "logging"},
	"putbucketlogging":            {operation: "PutBucketLogging", method: "PUT", query: "logging", body: `<BucketLoggingStatus` + xmlns + `/>`},
	"getbucketrequestpayment":     {operation: "GetBucketRequestPayment", method: "GET", query: "requestPayment"},
	"putbucketrequestpayment":     {operation: "PutBucketRequestPayment", method: "PUT", query: "requestPayment", body: `<RequestPaymentConfiguration` + xmlns + `><Payer>Requester</Payer></RequestPaymentConfiguration>`},
	"getbucketnotification":       {operation: "GetBucketNotificationConfiguration", method: "GET", query: "notification"},
	"putbucketnotification":       {operation: "PutBucketNotificationConfiguration", method: "PUT", query: "notification", body: `<NotificationConfiguration` + xmlns + `/>`},
	"getbucketwebsite":            {operation: "GetBucketWebsite", method: "GET", query: "website"},
	"putbucketwebsite":            {operation: "PutBucketWebsite", method: "PUT", query: "website", body: `<WebsiteConfiguration` + xmlns + `><IndexDocument><Suffix>index.html</Suffix></IndexDocument></WebsiteConfiguration>`},
	"deletebucketwebsite":         {operation: "DeleteBucketWebsite", method: "DELETE", query: "website"},
	"getbuckettagging":            {operation: "GetBucketTagging", method: "GET", query: "tagging"},
	"putbuckettagging":            {operation: "PutBucketTagging", method: "PUT", query: "tagging"},
	"getbucketcors":               {operation: "GetBucketCors", method: "GET", query: "cors"},
	"putbucketcors":               {operation: "PutBucketCors", method: "PUT", query: "cors", body: `<CORSConfiguration` + xmlns + `><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin></CORSRule></CORSConfiguration>`},
	"getencryptionconfiguration":  {operation: "GetBucketEncryption", method: "GET", query: "encryption"},
	"putencryptionconfiguration":  {operation: "DeleteBucketEncryption", method: "DELETE", query: "encryption"},
	"getlifecycleconfiguration":   {operation: "GetBucketLifecycleConfiguration", method: "GET", query: "lifecycle"},
	"putlifecycleconfiguration":   {operation: "DeleteBucketLifecycle", method: "DELETE", query: "lifecycle"},
	"getreplicationconfiguration": {operation: "GetBucketReplication", method: "GET", query: "replication"},
	"putreplicationconfiguration": {operation: "DeleteBucketReplication", method: "DELETE", query: "replication"},
	"getaccelerateconfiguration":  {operation: "GetBucketAccelerateConfiguration", method: "GET", query: "accelerate"},
	"putaccelerateconfiguration":  {operation: "PutBucketAccelerateConfiguration", method: "PUT", query: "accelerate", body: `<AccelerateConfiguration` + xmlns + `><Status>Suspended</Status></AccelerateConfiguration>`},
	"getbucketownershipcontrols":  {operation: "GetBucketOwnershipControls", method: "GET", query: "ownershipControls"},
	"putbucketownershipcontrols":  {operation: "PutBucketOwnershipControls", method: "PUT", query: "ownershipControls", body: `<OwnershipControls` + xmlns + `><Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule></OwnershipControls>`},
	"getbucketpublicaccessblock":  {operation: "GetPublicAccessBlock", method: "GET", query: "publicAccessBlock"},
	"putbucketpublicaccessblock":  {operation: "PutPublicAccessBlock", method: "PUT", query: "publicAccessBlock", body: `<PublicAccessBlockConfiguration` + xmlns + `><BlockPublicAcls>true</BlockPublicAcls></PublicAccessBlockConfiguration>`},

	"getbucketobjectlockconfiguration":   {operation: "GetObjectLockConfiguration", method: "GET", query: "object-lock"},
	"putbucketobjectlockconfiguration":   {operation: "PutObjectLockConfiguration", method: "PUT", query: "object-lock", body: `<ObjectLockConfiguration` + xmlns + `><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>`},
	"getanalyticsconfiguration":          {operation: "GetBucketAnalyticsConfiguration", method: "GET", query: "analytics&id=x"},
	"putanalyticsconfiguration":          {operation: "DeleteBucketAnalyticsConfiguration", method: "DELETE", query: "analytics&id=x"},
	"getinventoryconfiguration":          {operation: "GetBucketInventoryConfiguration", method: "GET", query: "id=x&inventory"},
	"putinventoryconfiguration":          {operation: "DeleteBucketInventoryConfiguration", method: "DELETE", query: "id=x&inventory"},
	"getmetricsconfiguration":            {operation: "GetBucketMetricsConfiguration", method: "GET", query: "id=x&metrics"},
	"putmetricsconfiguration":            {operation: "DeleteBucketMetricsConfiguration", method: "DELETE", query: "id=x&metrics"},
	"getintelligenttieringconfiguration": {operation: "GetBucketIntelligentTieringConfiguration", method: "GET", query: "id=x&intelligent-tiering"},
	"putintelligenttieringconfiguration": {operation: "DeleteBucketIntelligentTieringConfiguration", method: "DELETE", query: "id=x&intelligent-tiering"},
}

const (
	upload    = "uploadId=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	retention = `<Retention` + xmlns + `><Mode>GOVERNANCE</Mode><RetainUntilDate>2099-01-01T00:00:00Z</RetainUntilDate></Retention>`
	legalHold = `<LegalHold` + xmlns + `><Status>ON</Status></LegalHold>`
)

// onObjects are the operations on objects by the lower case of their actions.
// Those on a version add versionId.
var onObjects = map[string]s3op{
	"getobject":                  {operation: "GetObject", method: "GET", existing: true},
	"getobjectversion":           {operation: "GetObject", method: "GET", existing: true},
	"getobjectattributes":        {operation: "GetObjectAttributes", method: "GET", query: "attributes", existing: true, besides: []string{"s3:GetObject"}},
	"getobjectversionattributes": {operation: "GetObjectAttributes", method: "GET", query: "attributes", existing: true, besides: []string{"s3:GetObjectVersion"}},
	"getobjectacl":               {operation: "GetObjectAcl", method: "GET", query: "acl", existing: true},
	"getobjectversionacl":        {operation: "GetObjectAcl", method: "GET", query: "acl", existing: true},
	"putobjectacl":               {operation: "PutObjectAcl", method: "PUT", query: "acl", existing: true},
	"putobjectversionacl":        {operation: "PutObjectAcl", method: "PUT", query: "acl", existing: true},
	"getobjecttagging":           {operation: "GetObjectTagging", method: "GET", query: "tagging", existing: true},
	"getobjectversiontagging":    {operation: "GetObjectTagging", method: "GET", query: "tagging", existing: true},
	"putobjecttagging":           {operation: "PutObjectTagging", method: "PUT", query: "tagging", existing: true},
	"putobjectversiontagging":    {operation: "PutObjectTagging", method: "PUT", query: "tagging", existing: true},
	"deleteobjecttagging":        {operation: "DeleteObjectTagging", method: "DELETE", query: "tagging", existing: true},
	"deleteobjectversiontagging": {operation: "DeleteObjectTagging", method: "DELETE", query: "tagging", existing: true},
	"putobject":                  {operation: "PutObject", method: "PUT", body: "bytes"},
	"deleteobject":               {operation: "DeleteObject", method: "DELETE", existing: true},
	"deleteobjectversion":        {operation: "DeleteObject", method: "DELETE", existing: true},
	"abortmultipartupload":       {operation: "AbortMultipartUpload", method: "DELETE", query: upload},
	"listmultipartuploadparts":   {operation: "ListParts", method: "GET", query: upload},
	"getobjectretention":         {operation: "GetObjectRetention", method: "GET", query: "retention", existing: true},
	"putobjectretention":         {operation: "PutObjectRetention", method: "PUT", query: "retention", body: retention, existing: true},
	"getobjectlegalhold":         {operation: "GetObjectLegalHold", method: "GET", query: "legal-hold", existing: true},
	"putobjectlegalhold":         {operation: "PutObjectLegalHold", method: "PUT", query: "legal-hold", body: legalHold, existing: true},
	"restoreobject":              {operation: "RestoreObject", method: "POST", query: "restore", body: `<RestoreRequest` + xmlns + `><Days>1</Days></RestoreRequest>`, existing: true},
}

// The condition keys that headers and query parameters carry.
var (
	aclHeaders = map[string]string{
		"s3:x-amz-acl": "X-Amz-Acl", "s3:x-amz-grant-read": "X-Amz-Grant-Read", "s3:x-amz-grant-read-acp": "X-Amz-Grant-Read-Acp",
		"s3:x-amz-grant-write": "X-Amz-Grant-Write", "s3:x-amz-grant-write-acp": "X-Amz-Grant-Write-Acp",
		"s3:x-amz-grant-full-control": "X-Amz-Grant-Full-Control",
	}
	writeHeaders = map[string]string{
		"s3:x-amz-storage-class": "X-Amz-Storage-Class", "s3:x-amz-server-side-encryption": "X-Amz-Server-Side-Encryption",
		"s3:x-amz-server-side-encryption-aws-kms-key-id": "X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id",
		"s3:x-amz-website-redirect-location":             "X-Amz-Website-Redirect-Location",
	}
	lockHeaders = map[string]string{
		"s3:object-lock-mode": "X-Amz-Object-Lock-Mode", "s3:object-lock-retain-until-date": "X-Amz-Object-Lock-Retain-Until-Date",
		"s3:object-lock-legal-hold": "X-Amz-Object-Lock-Legal-Hold",
	}
	matchHeaders = map[string]string{"s3:if-match": "If-Match", "s3:if-none-match": "If-None-Match"}
	listing      = map[string]string{"s3:prefix": "prefix", "s3:delimiter": "delimiter", "s3:max-keys": "max-keys"}
)
