/* Keys made by ssh-keygen for these tests alone; none of them opens anything. */
#ifndef TESTS_CRYPTO_TEST_KEYS_H
#define TESTS_CRYPTO_TEST_KEYS_H

/* ssh-keygen -t ed25519 -N "" -C "unit test, not a secret" */
static const char file_ed25519[] =
    "-----BEGIN OPENSSH PRIVATE KEY-----\n"
    "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n"
    "QyNTUxOQAAACCSOA/SIWo1xDDBJxrQ9Det3G5vqQufifuwt7YnCMk+SQAAAKCXDJI4lwyS\n"
    "OAAAAAtzc2gtZWQyNTUxOQAAACCSOA/SIWo1xDDBJxrQ9Det3G5vqQufifuwt7YnCMk+SQ\n"
    "AAAECEmaIqBSHuvfT00v9XCMXEgPKny4rCHJ5E/gaiILNdrJI4D9IhajXEMMEnGtD0N63c\n"
    "bm+pC5+J+7C3ticIyT5JAAAAF3VuaXQgdGVzdCwgbm90IGEgc2VjcmV0AQIDBAUG\n"
    "-----END OPENSSH PRIVATE KEY-----\n";

/* … -C "" */
static const char file_no_comment[] =
    "-----BEGIN OPENSSH PRIVATE KEY-----\n"
    "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n"
    "QyNTUxOQAAACCwCc61ZaNpjO+t0+NOIF1cZPsCYkHHInxflLhJ/AiIEQAAAIjkPXW85D11\n"
    "vAAAAAtzc2gtZWQyNTUxOQAAACCwCc61ZaNpjO+t0+NOIF1cZPsCYkHHInxflLhJ/AiIEQ\n"
    "AAAEAb01yNWm1Vxjc3MGPa/0bIs7YRMfZbqmf7Aw+4H1u+krAJzrVlo2mM763T404gXVxk\n"
    "+wJiQccifF+UuEn8CIgRAAAAAAECAwQF\n"
    "-----END OPENSSH PRIVATE KEY-----\n";

/* … -N passphrase */
static const char file_encrypted[] =
    "-----BEGIN OPENSSH PRIVATE KEY-----\n"
    "b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABAHrkf5LB\n"
    "Smz+IiYzTNAOacAAAAEAAAAAEAAAAzAAAAC3NzaC1lZDI1NTE5AAAAINb6gYQXSXregWID\n"
    "5Q60yI4GasSkAsaKKO/zDFqjKiGqAAAAkD2+Ra5gJd8Uo4epuQKatwCYTQRxIZXfA3v0Dn\n"
    "2RaojioQYiQoKnCeenuCWgtIxTug4vrbV8Y7RV5ipIf6TY+2J1yPUWqZa2hYJEQaITyk4e\n"
    "QHqLJRv8WFjsxySvjeo66SoW6sm7kUkJUhqNMLvi6r4Xek97v8d63l/Sm2qXy/yMDmoNaA\n"
    "wIB6dEhhv1nrQ8RA==\n"
    "-----END OPENSSH PRIVATE KEY-----\n";

/* ssh-keygen -t rsa -b 2048 -N "" */
static const char file_rsa[] =
    "-----BEGIN OPENSSH PRIVATE KEY-----\n"
    "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAABFwAAAAdzc2gtcn\n"
    "NhAAAAAwEAAQAAAQEAm8Q5iXbxNoQArZDjdVwfYL5yBxMkJJ+VY1r62f/IEmfnqxLSduru\n"
    "AXN2f1ZnMK+GyPeARvhZwzJUVa4wjeeyPTiSqUwc6Si9T81Cgn87BmdL5Cvk3Sky4dOjOv\n"
    "ppmAXhLVhG4BbMScL+vF3f9wypRmHca5U3v9mChspgstZqyAVKre8cFLFWt4Hk5ez9Uxoz\n"
    "tDTvitFglmD4JPUXuQwNw9XletvYgfsSbbDtw9ET7gg5KL6Q1fetbETrnRXjKcRU6CGuNz\n"
    "Y96ABX5jXdm+czJe1FafoHkBNtFH0J9LaQqxhC4SfUJHn01lBUQvu0uX4RR+9jBDo9NCFR\n"
    "vYaKWGiKGQAAA8B2zi6cds4unAAAAAdzc2gtcnNhAAABAQCbxDmJdvE2hACtkON1XB9gvn\n"
    "IHEyQkn5VjWvrZ/8gSZ+erEtJ26u4Bc3Z/Vmcwr4bI94BG+FnDMlRVrjCN57I9OJKpTBzp\n"
    "KL1PzUKCfzsGZ0vkK+TdKTLh06M6+mmYBeEtWEbgFsxJwv68Xd/3DKlGYdxrlTe/2YKGym\n"
    "Cy1mrIBUqt7xwUsVa3geTl7P1TGjO0NO+K0WCWYPgk9Re5DA3D1eV629iB+xJtsO3D0RPu\n"
    "CDkovpDV961sROudFeMpxFToIa43Nj3oAFfmNd2b5zMl7UVp+geQE20UfQn0tpCrGELhJ9\n"
    "QkefTWUFRC+7S5fhFH72MEOj00IVG9hopYaIoZAAAAAwEAAQAAAQACcmcq+yTX4+P01glU\n"
    "ryFJDkTRSqIvNxiMKoI1SXjVnS889zs6Jf+eIzex0WQmliNKZeTseHtEfzZm8CkQGZsprg\n"
    "lTwn/Tw9GRftp0HVaKh7Xf/DaIqNyFQqNWSle9TR5X7YKTg5gq8na488qQYXEJS4FAaWQq\n"
    "TdrojiZNuOONh812zzLpoS7gaaxmVXYD1R+yeDxG9+OnI3rCrvcdFe50tmCXxVSlowywKd\n"
    "G8/JDS1TxELxueMNV5q+Tf6NdbMWPXkChp8TJVNOTkWDcCTm3MmmNbbHCGNDPsvC1AVvvw\n"
    "Sp4Ht7a0OxgvNHRCT/yu8tQ3IJeYJJz3d6y4kjRZD3PfAAAAgQCbWoqEBm+zcj0UkBup1g\n"
    "NA2LPBQmpAz1kZZxH2uRlZ0B2sVu3rMalrb/VLkrjJRf1H+KM/nIIJwj3YGetibd5V6Ajq\n"
    "xAgXvdNrk4wzQnIvO9oUvfH0VYRYR1X8TmS9UavOpXFlzVbi9QEoNygTzH4DvfY17IUlr9\n"
    "X5EXrClaUDewAAAIEA1IEE7dy19Vb1iorIAN3Af6H4IHU+5520+TzxlvNkGZ8GImuwuHFw\n"
    "NS3HY8ygUHbLt9H4QypdQQJsAPVOGpT/EmN9VFVQaqos14VqXQQEHv0ZK6cG12punQ/KIp\n"
    "MQcF7l8IHOlUQQ2mVsiFEzRnOsuabKywciWFqCy+n8lRMKhZcAAACBALumOPOza4bG/Ext\n"
    "1DU0ie/aDl8idhg75xQgZ4Q9oBxEbvShhsdMq5tsy1nF4R0ibVfVAMntorZjyZy/eWNdwS\n"
    "Xu8jBUoQBGGZmuuYKzoOhi+Cq3r7BMQTDDpdoyt5Z4Emmp4yZFypnOmhOeK6YdKHVbEURh\n"
    "ATz7RzHXSZL7kEPPAAAAA3JzYQECAwQFBgc=\n"
    "-----END OPENSSH PRIVATE KEY-----\n";

/* ssh-keygen -t ecdsa -N "" */
static const char file_ecdsa[] =
    "-----BEGIN OPENSSH PRIVATE KEY-----\n"
    "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAaAAAABNlY2RzYS\n"
    "1zaGEyLW5pc3RwMjU2AAAACG5pc3RwMjU2AAAAQQTlZxTWadhBpuCx+2t89Gzf/hxeHf22\n"
    "6Vt7bxO69ykddF0QnOJilnUswC6O+arr9CeER2XJaeesrC6v/FCSYz7TAAAAoN1lPSTdZT\n"
    "0kAAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBOVnFNZp2EGm4LH7\n"
    "a3z0bN/+HF4d/bbpW3tvE7r3KR10XRCc4mKWdSzALo75quv0J4RHZclp56ysLq/8UJJjPt\n"
    "MAAAAgU36H7d6YHZDOyksZCNVmvQDZVlcefyFnDTr6yNn/yvsAAAAFZWNkc2EBAgM=\n"
    "-----END OPENSSH PRIVATE KEY-----\n";

/* of file_ed25519: the base64 of its .pub file, and what ssh-keygen -l says */
static const char public_ed25519[] =
    "AAAAC3NzaC1lZDI1NTE5AAAAIJI4D9IhajXEMMEnGtD0N63cbm+pC5+J+7C3ticIyT5J";
static const char fingerprint_ed25519[] = "SHA256:RArokQOOBC2HmFn9Ra94oS3gH+4zWtNB+6pKpKK3zoM";

#endif
